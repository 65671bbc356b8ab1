"""One subscription for a run in a process, and nothing left when all have gone."""

import asyncio
import json
from uuid import uuid4

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer

from labs.execution import recorder
from labs.live import consumers, hub, snapshot
from labs.models import LabRun
from tests.labs import runs
from tests.labs.sockets import (
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


class TestLeaving:
    @pytest.fixture
    def nothing_left(self, run, layer):
        async def nothing_left():
            subscribed = recorder.group_name(run.pk) in layer.groups
            return not (subscribed or hub._hubs or consumers._sockets)

        return nothing_left

    async def test_the_last_one_out_closes_the_subscription(self, run, nothing_left):
        async with watching(run) as one:
            async with watching(run) as other:
                await frames_of(one, 1), await frames_of(other, 1)
            assert not await nothing_left()
            await writer_of(run).record(runs.log("still here"))
            assert (await frames_of(one, 1))[0]["text"] == "still here"
        await runs.until(nothing_left)

    async def test_one_that_was_turned_away_leaves_nothing(self, run, nothing_left):
        async with watching(uuid4()) as socket:
            await close_code(socket)
        await runs.until(nothing_left)

    async def test_one_whose_run_is_deleted_as_it_joins_neither(
        self, run, layer, nothing_left
    ):
        async def meanwhile():
            await LabRun.objects.all().adelete()

        layer.meanwhile = meanwhile
        socket = socket_to(f"/ws/runs/{run.pk}/")
        await socket.connect(runs.WAIT_S)
        assert await close_code(socket) == 4404
        await socket.disconnect(timeout=runs.WAIT_S)
        await runs.until(nothing_left)


class TestSnapshot:
    @pytest.fixture
    async def joined(self, run):
        socket = DeafSocket()
        viewer = hub.Viewer(socket.send, socket.give_up)
        yield await hub.join(run.pk, viewer)
        hub.leave(run.pk, viewer)

    async def test_those_who_join_between_two_events_get_the_same_text(
        self, run, joined
    ):
        seq, text = await joined.snapshot()
        assert (seq, json.loads(text)["seq"]) == (2, 2)
        assert (await joined.snapshot())[1] is text

    async def test_who_joins_later_gets_what_happened_since(self, run, joined):
        await joined.snapshot()
        await writer_of(run).record(runs.log("since"))

        async def newest():
            seq, text = await joined.snapshot()
            return seq == 3 and json.loads(text)

        frame = await runs.until(newest)
        assert [line["text"] for line in frame["log"]] == ["since"]
        stored = await database_sync_to_async(snapshot.load)(run.pk)
        assert frame == json.loads(recorder.encode(stored))


class DeafSocket:
    """Takes no frame to its end."""

    def __init__(self):
        self.closed = 0

    async def send(self, seq, text):
        await asyncio.Event().wait()

    async def give_up(self):
        self.closed += 1


class TestViewer:
    async def test_one_that_does_not_keep_up_is_closed_once(self, monkeypatch):
        monkeypatch.setattr(hub, "OUTBOX_FRAMES", 3)
        socket = DeafSocket()
        viewer = hub.Viewer(socket.send, socket.give_up)
        for seq in range(10):
            viewer.offer(seq, "{}")
        await asyncio.sleep(0)
        assert socket.closed == 1
        viewer.stop()

    async def test_the_others_are_not_held_up(self, run, monkeypatch):
        monkeypatch.setattr(hub, "OUTBOX_FRAMES", 3)
        deaf = DeafSocket()
        viewer = hub.Viewer(deaf.send, deaf.give_up)
        await hub.join(run.pk, viewer)
        writer = writer_of(run)
        async with watching(run) as socket:
            await frames_of(socket, 1)
            for number in range(10):
                await writer.record(runs.log(str(number)))
            heard = await frames_of(socket, 10)
        hub.leave(run.pk, viewer)
        assert [frame["text"] for frame in heard] == list(map(str, range(10)))
        assert deaf.closed == 1
