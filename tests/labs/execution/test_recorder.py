"""The only writer of events: stored, then sent; in order; under its claim."""

import asyncio
import json

import pytest
from channels.db import database_sync_to_async
from channels.layers import InMemoryChannelLayer, get_channel_layer

from labs.execution import recorder
from labs.models import LabRun, RunEvent
from tests.labs import runs

pytestmark = pytest.mark.django_db(transaction=True)


class WitnessLayer(InMemoryChannelLayer):
    """Notes for each frame whether its row was there when it was sent."""

    def __init__(self, **options):
        super().__init__(**options)
        self.sent = []

    async def group_send(self, group, message):
        rows = RunEvent.objects.filter(seq=message["seq"])
        self.sent.append((message["seq"], await rows.aexists()))
        await super().group_send(group, message)


@pytest.fixture
def layer(settings):
    backend = f"{__name__}.WitnessLayer"
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": backend}}
    return get_channel_layer()


@pytest.fixture
def run(layer):
    return runs.under_way()


@pytest.fixture
def impatient(monkeypatch):
    """Let a locked database be noticed at once."""
    runs.hurry_database(monkeypatch)


def writer_of(run):
    return recorder.Recorder(run.pk, runs.TOKEN)


class TestRecording:
    async def test_a_frame_is_sent_after_its_row_is_there(self, run, layer):
        writer = writer_of(run)
        for number in range(3):
            await writer.record(runs.log(f"line {number}"))
        assert layer.sent == [(1, True), (2, True), (3, True)]

    async def test_numbers_have_no_holes(self, run):
        events = runs.recording()
        writer = writer_of(run)
        for event in events:
            await writer.record(event)
        expected = list(enumerate((event["type"] for event in events), start=1))
        assert await runs.stored(run) == expected
        await run.arefresh_from_db()
        assert run.last_seq == len(events)

    async def test_what_is_sent_is_what_a_reader_of_the_rows_gets(self, run, layer):
        await layer.group_add(recorder.group_name(run.pk), "me")
        writer = writer_of(run)
        for event in (runs.tick(0.2, in_flight=3), runs.ended()):
            await writer.record(event)
            sent = await layer.receive("me")
            row = await RunEvent.objects.aget(run=run, seq=sent["seq"])
            assert json.loads(sent["text"]) == recorder.as_frame(row)

    async def test_a_phase_changes_the_run(self, run):
        await writer_of(run).record(runs.measuring(1.5, "attack"))
        await run.arefresh_from_db()
        assert (run.status, run.phase) == ("measuring", "attack")
        assert run.sentence == "Now attack"

    async def test_a_recorder_goes_on_where_another_ended(self, run):
        await writer_of(run).record(runs.log("one"))
        await recorder.Recorder(run.pk, runs.TOKEN, 1).record(runs.log("two"))
        assert await runs.stored(run) == [(1, "log"), (2, "log")]


class TestTheEnd:
    async def test_the_result_is_in_the_row_and_not_in_the_frame(self, run):
        last = runs.recording()[-1]
        await writer_of(run).record(last)
        await run.arefresh_from_db()
        assert run.result == last["result"]
        assert (run.status, run.verdict) == ("finished", "measured")
        assert run.verdict_sentence == last["result"]["sentence"]
        assert run.finished_at is not None
        row = await RunEvent.objects.aget(run=run)
        assert "result" not in row.payload
        assert row.payload["verdict"] == "measured"

    async def test_one_without_a_result_has_no_verdict(self, run):
        failure = {"reason": "server_exited", "message": "It exited with code 1"}
        await writer_of(run).record(runs.ended(status="failed", **failure))
        await run.arefresh_from_db()
        assert (run.status, run.reason) == ("failed", "server_exited")
        assert (run.verdict, run.verdict_sentence, run.result) == (None, "", None)


class TestClaim:
    async def test_another_dispatchers_run_is_not_written(self, run, layer):
        writer = recorder.Recorder(run.pk, "0" * 32)
        with pytest.raises(recorder.ClaimLost):
            await writer.record(runs.log("mine"))
        assert await runs.stored(run) == layer.sent == []

    async def test_nothing_follows_the_end(self, run, layer):
        writer = writer_of(run)
        await writer.record(runs.ended())
        with pytest.raises(recorder.ClaimLost):
            await writer.record(runs.log("late"))
        assert await runs.stored(run) == [(1, "finished")]
        assert layer.sent == [(1, True)]

    async def test_a_run_that_was_deleted_is_not_written(self, run):
        await LabRun.objects.all().adelete()
        with pytest.raises(recorder.ClaimLost):
            await writer_of(run).record(runs.log("late"))


class TestLockedDatabase:
    async def test_events_wait_and_go_on_in_order(self, run, layer, impatient, caplog):
        async def warned():
            return "event 1 waits" in caplog.text

        writer = writer_of(run)
        with runs.locked_database():
            waiting = asyncio.create_task(writer.record(runs.log("one")))
            await runs.until(warned)
            assert layer.sent == []
        await waiting
        await writer.record(runs.log("two"))
        texts = [row.payload["text"] async for row in RunEvent.objects.order_by("seq")]
        assert texts == ["one", "two"]
        assert layer.sent == [(1, True), (2, True)]

    async def test_patience_has_an_end(self, run, layer, impatient, monkeypatch):
        monkeypatch.setattr(recorder, "_PATIENCE_S", 0.05)
        with (
            runs.locked_database(),
            pytest.raises(recorder.StorageFull, match="locked"),
        ):
            await writer_of(run).record(runs.log("one"))
        assert await runs.stored(run) == layer.sent == []


settle = database_sync_to_async(recorder.settle)


class TestSettling:
    async def test_it_ends_a_run_with_a_last_event(self, run):
        await writer_of(run).record(runs.log("one", t_s=2.5))
        frame = await settle(run.pk, "lost", "runner_lost", "It is gone")
        assert (frame["seq"], frame["t_s"], frame["type"]) == (2, 2.5, "finished")
        assert frame["verdict"] is None
        await run.arefresh_from_db()
        assert (run.status, run.reason, run.message) == (
            "lost",
            "runner_lost",
            "It is gone",
        )
        assert (run.last_seq, run.claim_token) == (2, "")

    async def test_it_happens_once(self, run):
        assert await settle(run.pk, "lost", "runner_lost", "first")
        assert await settle(run.pk, "failed", "bench_fault", "second") is None
        await run.arefresh_from_db()
        assert (run.status, run.message) == ("lost", "first")

    async def test_a_condition_that_does_not_hold_leaves_the_run(self, run):
        assert await settle(run.pk, "lost", "x", "x", claim_token="0") is None
        assert await settle(run.pk, "lost", "x", "x", status="queued") is None
        assert await runs.stored(run) == []

    async def test_the_claim_is_gone_with_it(self, run):
        await settle(run.pk, "lost", "runner_lost", "It is gone")
        with pytest.raises(recorder.ClaimLost):
            await writer_of(run).record(runs.log("late"))
