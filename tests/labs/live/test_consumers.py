"""The live view: a snapshot, then every event once, to those who may see it."""

import asyncio
from uuid import uuid4

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from channels.testing import WebsocketCommunicator
from django.db import connection

from concsite import asgi
from labs.execution import dispatcher, recorder
from labs.live import consumers, hub
from labs.live.replay import events_after
from labs.models import LabRun, RunEvent
from tests.labs import runs
from tests.labs.sockets import (
    HERE,
    LAYERS,
    close_code,
    frames_of,
    socket_to,
    watching,
    writer_of,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def layer(settings):
    settings.CHANNEL_LAYERS = LAYERS
    return get_channel_layer()


@pytest.fixture
def run(layer):
    return runs.told([runs.measuring(0.1), runs.tick(0.2, in_flight=1)])


class TestStream:
    async def test_a_snapshot_comes_first_then_what_happens(self, run):
        writer = writer_of(run)
        async with watching(run) as socket:
            [snapshot] = await frames_of(socket, 1)
            assert (snapshot["type"], snapshot["seq"]) == ("snapshot", 2)
            assert snapshot["series"] == {"t_s": [0.2], "in_flight": [1]}
            await writer.record(runs.tick(0.4, in_flight=2))
            await writer.record(runs.ended())
            tick, last = await frames_of(socket, 2)
        assert (tick["seq"], tick["type"], tick["values"]) == (
            3,
            "tick",
            {"in_flight": 2},
        )
        assert (last["seq"], last["type"], last["status"]) == (
            4,
            "finished",
            "finished",
        )
        assert (last["verdict"], "result" in last) == (None, False)

    async def test_who_comes_late_is_told_all_of_it(self):
        run = await database_sync_to_async(runs.finished)()
        async with watching(run) as socket:
            [snapshot] = await frames_of(socket, 1)
            assert await socket.receive_nothing()
        assert snapshot["seq"] == run.last_seq
        assert snapshot["status"] == "finished"
        assert snapshot["series"] == run.result["series"]

    async def test_two_tabs_see_the_same_through_one_subscription(self, run, layer):
        async with watching(run) as one, watching(run) as other:
            await frames_of(one, 1), await frames_of(other, 1)
            assert len(layer.groups[recorder.group_name(run.pk)]) == 1
            await writer_of(run).record(runs.log("seen by both"))
            assert await frames_of(one, 1) == await frames_of(other, 1)

    async def test_runs_do_not_mix(self, run):
        other = await database_sync_to_async(runs.told)([runs.log("a")])
        async with watching(run) as socket:
            await frames_of(socket, 1)
            await writer_of(other).record(runs.log("b"))
            assert await socket.receive_nothing()


class TestNoGapNoDouble:
    async def test_when_something_happens_as_it_joins(self, run, layer):
        async def meanwhile():
            await writer_of(run).record(runs.log("meanwhile"))

        layer.meanwhile = meanwhile
        async with watching(run) as socket:
            [snapshot] = await frames_of(socket, 1)
            assert (snapshot["type"], snapshot["seq"]) == ("snapshot", 3)
            assert await socket.receive_nothing()

    async def test_when_something_happens_after_the_rows_were_read(self, run):
        await database_sync_to_async(_tell_once_rows_are_read)(
            run, asyncio.get_running_loop()
        )
        async with watching(run) as socket:
            [snapshot] = await frames_of(socket, 1)
            assert await socket.receive_nothing()
        assert (snapshot["type"], snapshot["seq"]) == ("snapshot", 3)
        assert [line["text"] for line in snapshot["log"]] == ["in between"]

    async def test_while_events_come_fast(self, run):
        writer = writer_of(run)

        async def tell():
            for number in range(60):
                await writer.record(runs.log(str(number)))

        telling = asyncio.create_task(tell())
        async with watching(run) as socket:
            [snapshot] = await frames_of(socket, 1)
            rest = await frames_of(socket, 62 - snapshot["seq"])
            await telling
            assert await socket.receive_nothing()
        assert [frame["seq"] for frame in rest] == [*range(snapshot["seq"] + 1, 63)]


class TestWords:
    """What people read is with each event, the same whichever way it comes."""

    async def test_what_was_sent_can_be_fetched_again(self, run):
        *told, _ = runs.recording("apache-prefork-slowloris")
        writer = writer_of(run)
        async with watching(run) as socket:
            await frames_of(socket, 1)
            for event in told:
                await writer.record(event)
            sent = await frames_of(socket, len(told))
        fetch = database_sync_to_async(events_after)
        assert await fetch(run.pk, run.last_seq) == sent
        middle = len(sent) // 2
        assert await fetch(run.pk, sent[middle]["seq"]) == sent[middle + 1 :]

    async def test_also_after_the_layer_has_lost_some(self, run):
        (cell,) = runs.tick(0.4)["board"]
        lost = runs.tick(0.4, in_flight=7) | {"board": [cell | {"threads": 7}]}
        async with watching(run) as socket:
            await frames_of(socket, 1)
            await database_sync_to_async(recorder._write.func)(
                run.pk, runs.TOKEN, 3, lost, {}
            )
            run.last_seq = 3
            await writer_of(run).record(runs.tick(0.6, in_flight=2))
            sent = await frames_of(socket, 1)
        assert [frame["seq"] for frame in sent] == [4]
        assert await database_sync_to_async(events_after)(run.pk, 3) == sent

    async def test_a_fault_ends_the_sockets_rather_than_leave_them_waiting(self, run):
        nonsense = runs.tick(0.4) | {"board": [{"pid": 2}]}
        async with watching(run) as socket:
            await frames_of(socket, 1)
            await writer_of(run).record(nonsense)
            assert await close_code(socket) == 4408
        assert not hub._hubs


def _tell_once_rows_are_read(run, loop):
    """Store and send event 3 between the reading of a snapshot and its sending."""

    def watch(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if sql.startswith("SELECT") and "labs_runevent" in sql:
            connection.execute_wrappers.remove(watch)
            event = runs.log("in between")
            recorder._write.func(run.pk, runs.TOKEN, 3, event, {})
            sending = recorder.send(run.pk, event | {"seq": 3})
            asyncio.run_coroutine_threadsafe(sending, loop).result(runs.WAIT_S)
        return answer

    connection.execute_wrappers.append(watch)


class TestWhoMayWatch:
    @pytest.mark.parametrize("address", [uuid4(), "nonsense", "1"])
    async def test_an_unknown_run_is_4404(self, address):
        async with watching(address) as socket:
            assert await close_code(socket) == 4404

    async def test_an_unknown_address_is_too(self):
        socket = socket_to("/ws/elsewhere/")
        await socket.connect(runs.WAIT_S)
        assert await close_code(socket) == 4404

    async def test_a_private_run_of_somebody_else_is_4403(self, guest, stranger, ann):
        run = await database_sync_to_async(runs.make)(guest, visibility="private")
        for client in (stranger, ann, None):
            async with watching(run, client) as socket:
                assert await close_code(socket) == 4403

    async def test_its_owner_and_the_staff_may(self, guest, staff):
        run = await database_sync_to_async(runs.make)(guest, visibility="private")
        for client in (guest, staff):
            async with watching(run, client) as socket:
                assert (await frames_of(socket, 1))[0]["type"] == "snapshot"

    @pytest.mark.parametrize("origin", ["http://evil.example", "null", ""])
    async def test_a_foreign_page_is_not_let_in(self, run, origin):
        socket = socket_to(f"/ws/runs/{run.pk}/", origin=origin)
        accepted, _ = await socket.connect(runs.WAIT_S)
        assert not accepted

    async def test_one_browser_cannot_open_sockets_without_end(
        self, run, guest, stranger, monkeypatch
    ):
        monkeypatch.setattr(consumers, "MAX_SOCKETS", 2)
        async with watching(run, guest) as one, watching(run, guest) as two:
            await frames_of(one, 1), await frames_of(two, 1)
            async with watching(run, guest) as three:
                assert await close_code(three) == 4429
            async with watching(run, stranger) as other:
                assert (await frames_of(other, 1))[0]["type"] == "snapshot"
        async with watching(run, guest) as again:
            assert (await frames_of(again, 1))[0]["type"] == "snapshot"


class TestClientFrames:
    async def test_a_ping_is_answered(self, run):
        async with watching(run) as socket:
            await frames_of(socket, 1)
            await socket.send_json_to({"type": "ping"})
            assert await frames_of(socket, 1) == [{"type": "pong"}]

    async def test_resume_sends_what_was_missed(self, run):
        async with watching(run) as socket:
            await frames_of(socket, 1)
            await socket.send_json_to({"type": "resume", "after": 1})
            assert [frame["seq"] for frame in await frames_of(socket, 1)] == [2]
            await socket.send_json_to({"type": "resume", "after": 10**30})
            assert await socket.receive_nothing()

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "x",
            "[]",
            "[" * 4000,
            "null",
            '{"type":"stop"}',
            '{"type":"resume"}',
            '{"type":"resume","after":-1}',
            '{"type":"resume","after":true}',
            '{"type":"resume","after":1.5}',
            '{"type":"ping"' + " " * 4096 + "}",
        ],
        ids=lambda text: text[:30],
    )
    async def test_anything_else_ends_the_socket(self, run, text):
        async with watching(run) as socket:
            await frames_of(socket, 1)
            await socket.send_input({"type": "websocket.receive", "text": text})
            assert await close_code(socket) == 4400

    async def test_bytes_do_too(self, run):
        async with watching(run) as socket:
            await frames_of(socket, 1)
            await socket.send_to(bytes_data=b'{"type":"ping"}')
            assert await close_code(socket) == 4400

    async def test_a_flood_is_4429(self, run):
        async with watching(run) as socket:
            await frames_of(socket, 1)
            for _ in range(consumers.MAX_FRAMES + 1):
                await socket.send_json_to({"type": "ping"})
            assert await close_code(socket) == 4429

    async def test_nothing_is_changed_through_a_socket(self, run, guest):
        async with watching(run, guest) as socket:
            await frames_of(socket, 1)
            await socket.send_json_to({"type": "stop"})
            await close_code(socket)
        assert not await LabRun.objects.filter(stop_requested=True).aexists()


class TestSite:
    async def test_the_first_visitor_wakes_the_dispatcher(
        self, lab_home, settings, monkeypatch
    ):
        monkeypatch.setattr(asgi, "_tasks", set())
        settings.LABS_RUNNER_COMMAND = runs.runner_command("completes")
        run = await database_sync_to_async(runs.make)()
        socket = WebsocketCommunicator(
            asgi.application,
            f"/ws/runs/{run.pk}/",
            [(b"host", b"127.0.0.1"), (b"origin", HERE.encode())],
        )
        socket.scope["client"] = ("127.0.0.1", 50000)
        await socket.connect(runs.WAIT_S)
        seen = await frames_of(socket, 1)
        while seen[-1].get("status") != "finished":
            seen += await frames_of(socket, 1)
        await socket.disconnect(timeout=runs.WAIT_S)
        dispatcher._dispatcher.task.cancel()
        last = await RunEvent.objects.filter(run=run).acount()
        first = seen[0]["seq"]
        assert [frame["seq"] for frame in seen] == [*range(first, last + 1)]
        assert seen[-1]["verdict"] == "measured"
