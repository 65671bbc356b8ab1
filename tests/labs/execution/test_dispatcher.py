"""Waiting runs are taken one at a time, and each comes to an end, whatever happens."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from channels.db import database_sync_to_async
from django.utils import timezone

from labs.execution import dispatcher as dispatch
from labs.execution import recorder, runner_process
from labs.execution.cancellation import request_stop
from labs.models import LabRun
from tests.labs import runs
from tests.labs.runs import has_event, introduction, lives, over

pytestmark = pytest.mark.django_db(transaction=True)

make = database_sync_to_async(runs.make)
stop = database_sync_to_async(request_stop)


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    """Let nothing wait long."""
    monkeypatch.setattr(dispatch, "HEARTBEAT_S", 0.02)
    monkeypatch.setattr(dispatch, "_POLL_S", 0.05)
    monkeypatch.setattr(dispatch, "_END_S", 0.2)


@pytest.fixture
def runner(settings):
    """Choose how the runner behaves."""

    def choose(behaviour, *arguments):
        command = runs.runner_command(behaviour, *arguments)
        settings.LABS_RUNNER_COMMAND = command

    return choose


async def supervised(run):
    """Claim the run and see it through; return its row."""
    claimed, token = await dispatch.claim()
    assert claimed == run
    await dispatch.supervise(claimed, token, asyncio.Event())
    await run.arefresh_from_db()
    return run


class TestClaim:
    async def test_a_second_claim_of_a_run_fails(self):
        run = await make()
        claimed, token = await dispatch.claim()
        assert (claimed, len(token)) == (run, 32)
        assert await dispatch.claim() == (None, "")

    async def test_it_is_written_down(self):
        run = await make()
        _, token = await dispatch.claim()
        await run.arefresh_from_db()
        assert (run.status, run.claim_token) == ("starting", token)
        assert run.started_at == run.heartbeat_at is not None

    async def test_one_runs_at_a_time(self):
        first, second = await make(), await make()
        assert (await dispatch.claim())[0] == first
        assert await dispatch.claim() == (None, "")
        await LabRun.objects.filter(pk=first.pk).aupdate(status="lost")
        assert (await dispatch.claim())[0] == second

    def test_of_many_who_want_it_one_has_it(self):
        runs.make()
        with ThreadPoolExecutor(6) as pool:
            claims = list(pool.map(lambda _: async_to_sync(dispatch.claim)(), range(6)))
        assert sum(run is not None for run, _ in claims) == 1

    async def test_what_has_ended_is_not_taken(self):
        await make(status="cancelled")
        assert await dispatch.claim() == (None, "")


class TestSweep:
    async def test_a_run_whose_heartbeat_stopped_is_lost(self):
        before = timezone.now() - timedelta(seconds=dispatch.LOST_AFTER_S + 1)
        run = await database_sync_to_async(runs.under_way)(heartbeat_at=before)
        await dispatch.sweep()
        await run.arefresh_from_db()
        assert (run.status, run.reason) == ("lost", "runner_lost")
        assert "supervised this run ended before" in run.message
        assert run.finished_at is not None
        assert await runs.stored(run) == [(1, "finished")]

    async def test_who_watches_is_told(self, settings):
        before = timezone.now() - timedelta(hours=1)
        run = await database_sync_to_async(runs.under_way)(heartbeat_at=before)
        layer = recorder.get_channel_layer()
        await layer.group_add(recorder.group_name(run.pk), "me")
        await dispatch.sweep()
        frame = json.loads((await layer.receive("me"))["text"])
        assert (frame["type"], frame["status"]) == ("finished", "lost")

    async def test_one_that_lives_and_one_that_waits_are_left(self):
        await database_sync_to_async(runs.under_way)()
        await make()
        await dispatch.sweep()
        assert not await LabRun.objects.filter(status="lost").aexists()


class TestRunner:
    async def test_one_that_completes_is_recorded_whole(self, runner):
        runner("completes", "nginx-throughput")
        run = await supervised(await make())
        told = [event["type"] for event in runs.recording()]
        assert [kind for _, kind in await runs.stored(run)] == ["log", *told]
        assert (run.status, run.verdict) == ("finished", "measured")
        assert run.result["schema"] == "concsite-result/1"

    async def test_it_gets_the_spec_and_nothing_of_the_sites_environment(
        self, runner, monkeypatch
    ):
        monkeypatch.setenv("CONCSITE_SECRET_KEY", "do not tell")
        runner("completes")
        asked = {"knobs": {"processes": 3}, "params": {"connections": 7}, "seed": 5}
        run = await supervised(await make(**asked))
        given = await introduction(run)
        expected = {"server": "nginx", "scenario": "slowloris"} | asked
        assert given["spec"] == expected
        # Python itself sets the last.
        allowed = {*runner_process._PASSED_ON, "LC_CTYPE"}
        assert set(given["environment"]) <= allowed

    async def test_one_that_crashes_is_lost_with_its_last_words(self, runner):
        runner("crashes_half_way")
        run = await supervised(await make())
        assert (run.status, run.reason) == ("lost", "runner_lost")
        assert "with status 1" in run.message
        assert "complaint 19999 / MemoryError: no room for one more" in run.message
        told = runs.recording()
        expected = ["log", *(e["type"] for e in told[: len(told) // 2]), "finished"]
        assert [kind for _, kind in await runs.stored(run)] == expected

    async def test_one_that_prints_garbage_goes_on(self, runner):
        runner("prints_garbage")
        run = await supervised(await make())
        assert run.status == "finished"
        numbers = [seq for seq, _ in await runs.stored(run)]
        assert numbers == list(range(1, len(runs.recording()) + 2))

    async def test_nothing_after_its_last_word_counts(self, runner):
        runner("goes_on_after_its_end")
        run = await supervised(await make())
        assert run.status == "finished"
        assert await runs.stored(run) == [(1, "log"), (2, "finished")]

    async def test_half_an_event_is_a_fault_of_ours(self, runner):
        runner("says_half_an_event")
        run = await supervised(await make())
        assert (run.status, run.reason) == ("failed", "bench_fault")
        assert not lives((await introduction(run))["pid"])

    async def test_one_that_cannot_start_is_a_fault_of_ours(self, settings):
        settings.LABS_RUNNER_COMMAND = ["/nowhere/runner"]
        run = await supervised(await make())
        assert (run.status, run.reason) == ("failed", "bench_fault")
        assert "No runner could start" in run.message


class TestHeartbeat:
    async def test_it_goes_on_while_the_runner_is_silent(self, runner):
        runner("never_ends")
        run = await make()
        task = asyncio.create_task(supervised(run))
        await runs.until(lambda: has_event(run, type="status"))
        await run.arefresh_from_db()
        later = LabRun.objects.filter(heartbeat_at__gt=run.heartbeat_at)
        await runs.until(later.aexists)
        await stop(run, "-")
        assert (await task).status == "cancelled"


class TestClaimLost:
    async def test_nothing_more_is_written_and_the_runner_ends(self, runner):
        runner("never_ends")
        run = await make()
        task = asyncio.create_task(supervised(run))
        await runs.until(lambda: has_event(run, type="status"))
        settle = database_sync_to_async(recorder.settle)
        await settle(run.pk, "lost", "runner_lost", "Taken away")
        before = await runs.stored(run)
        pid = (await introduction(run))["pid"]
        async with asyncio.timeout(runs.WAIT_S):
            ended = await task
        assert (ended.status, ended.message) == ("lost", "Taken away")
        assert await runs.stored(run) == before
        assert not lives(pid)


@pytest.fixture
async def dispatcher(runner):
    """A dispatcher on this test's loop."""
    started = dispatch.start()
    yield started
    started.task.cancel()
    await asyncio.gather(started.task, return_exceptions=True)


class TestCancellation:
    """It may come in the same step of the loop as a change, and counts all the same."""

    async def ended(self, task, changed):
        await asyncio.sleep(0.01)  # it waits by now
        changed.set()
        task.cancel()
        await asyncio.wait([task], timeout=runs.WAIT_S)
        return task.cancelled()

    async def test_it_ends_a_dispatcher(self, monkeypatch):
        async def nothing():
            return None, ""

        monkeypatch.setattr(dispatch, "_POLL_S", 60)
        monkeypatch.setattr(dispatch, "sweep", nothing)
        monkeypatch.setattr(dispatch, "claim", nothing)
        dispatcher = dispatch.Dispatcher(asyncio.get_running_loop())
        assert await self.ended(dispatcher.task, dispatcher.changed)

    async def test_it_ends_a_heartbeat(self, monkeypatch):
        monkeypatch.setattr(dispatch, "HEARTBEAT_S", 60)
        run, changed = await make(claim_token="ours"), asyncio.Event()
        beat = asyncio.create_task(dispatch._beat(None, run.pk, "ours", changed))
        assert await self.ended(beat, changed)


class TestDispatcher:
    async def test_there_is_one_in_a_process(self, dispatcher):
        assert dispatch.start() is dispatcher

    async def test_it_runs_what_waits_one_after_the_other(self, dispatcher, runner):
        runner("completes")
        waiting = [await make() for _ in range(3)]
        dispatch.wake()
        for run in waiting:
            await runs.until(lambda run=run: over(run))
        assert {run.status for run in waiting} == {"finished"}
        ends = [(run.started_at, run.finished_at) for run in waiting]
        assert sorted(ends) == ends
        assert all(a[1] <= b[0] for a, b in zip(ends, ends[1:], strict=False))

    async def test_it_outlives_the_fault_of_a_run(self, dispatcher, runner):
        runner("says_half_an_event")
        faulty = await make()
        await runs.until(lambda: over(faulty))
        runner("completes")
        good = await make()
        await runs.until(lambda: over(good))
        assert (faulty.status, good.status) == ("failed", "finished")

    async def test_a_waiting_run_that_is_stopped_never_starts(self, dispatcher, runner):
        runner("never_ends")
        first, second = await make(), await make()
        await runs.until(lambda: has_event(first, type="status"))
        await stop(second, "It was asked to stop while it waited")
        await stop(first, "-")
        await runs.until(lambda: over(first))
        await second.arefresh_from_db()
        assert (first.status, second.status) == ("cancelled", "cancelled")
        assert second.started_at is None
        assert await runs.stored(second) == [(1, "finished")]

    async def test_one_under_way_is_stopped_through_its_runner(
        self, dispatcher, runner
    ):
        runner("never_ends")
        run = await make()
        await runs.until(lambda: has_event(run, type="status"))
        await stop(run, "-")
        await runs.until(lambda: over(run))
        assert (run.status, run.reason) == ("cancelled", "stopped")
        assert run.message == "It was asked to stop"

    async def test_a_runner_that_ignores_stop_is_ended(
        self, dispatcher, runner, monkeypatch
    ):
        monkeypatch.setattr(dispatch, "_STOP_S", 0.1)
        runner("ignores_stop")
        run = await make()
        await runs.until(lambda: has_event(run, type="status"))
        await stop(run, "-")
        await runs.until(lambda: over(run))
        assert run.status == "lost"
        assert not lives((await introduction(run))["pid"])

    async def test_its_end_is_the_runners_end(self, dispatcher, runner):
        runner("ignores_stop")
        run = await make()
        await runs.until(lambda: has_event(run, type="status"))
        pid = (await introduction(run))["pid"]
        dispatcher.task.cancel()
        await asyncio.gather(dispatcher.task, return_exceptions=True)
        assert not lives(pid)

    async def test_a_database_that_takes_nothing_ends_the_run(
        self, dispatcher, runner, monkeypatch, caplog
    ):
        async def given_up():
            return f"Run {run.pk}: its end waits" in caplog.text

        runs.hurry_database(monkeypatch)
        monkeypatch.setattr(recorder, "_PATIENCE_S", 0.05)
        runner("talks_on")
        run = await make()
        await runs.until(lambda: has_event(run, seq=3))
        with runs.locked_database():
            await runs.until(given_up)
        await runs.until(lambda: over(run))
        numbers = [seq for seq, _ in await runs.stored(run)]
        assert (run.status, run.reason) == ("failed", "storage")
        assert "The database takes no event" in run.message
        assert numbers == list(range(1, len(numbers) + 1))
        assert not lives((await introduction(run))["pid"])

    async def test_the_next_one_settles_what_the_last_one_left(self, dispatcher):
        before = timezone.now() - timedelta(hours=1)
        run = await database_sync_to_async(runs.under_way)(heartbeat_at=before)
        await runs.until(lambda: over(run))
        assert run.status == "lost"
