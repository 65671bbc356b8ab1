"""One group subscription for a run in a process, however many sockets watch it.

The in-memory layer copies each message for each member of a group (145 ms a message at
1,000 viewers, measured); here it copies once, and each socket gets the same text. A
socket that does not keep up is closed rather than buffered for without bound: its page
comes back and fetches what it missed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer

from labs.execution.recorder import as_frame, encode, group_name
from labs.live import live_run, replay, snapshot
from labs.live.frames import Frames, Numbered
from labs.live.live_run import Frame

logger = logging.getLogger(__name__)

OUTBOX_FRAMES = 300  # a minute of ticks; a page that is later fetches them faster
SENT_IN_ONE_GO = 25  # viewers: some 2 ms until whatever else waits has its turn
JOINED_IN_ONE_GO = 5
PLACE_HOLDS_S = 1.0  # in the queue
MAX_PAST_READERS = 4  # at a time, of one run: each has the run's state in memory
_hubs: dict[tuple[asyncio.AbstractEventLoop, UUID], Hub] = {}


class Viewer:
    """One socket's outbox. `send` is its coroutine, `give_up` closes it."""

    def __init__(
        self,
        send: Callable[[int, str], Awaitable[None]],
        give_up: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        self._send, self._give_up = send, give_up
        self._outbox: asyncio.Queue[tuple[int, str]] = asyncio.Queue(OUTBOX_FRAMES)
        self._task = asyncio.create_task(self._deliver())
        self.has_ended = False

    def offer(self, seq: int, text: str) -> None:
        """Put a frame into the outbox; a full one ends the socket."""
        if self.has_ended:
            return
        try:
            self._outbox.put_nowait((seq, text))
        except asyncio.QueueFull:
            self.end()

    def end(self) -> None:
        """End the socket, so that its page comes back and fetches what it missed."""
        if self.has_ended:
            return
        self.has_ended = True
        self._task.cancel()
        self._closing = asyncio.create_task(self._give_up())

    def stop(self) -> None:
        """Deliver nothing more."""
        self._task.cancel()

    async def _deliver(self) -> None:
        while True:
            seq, text = await self._outbox.get()
            await self._send(seq, text)


class Hub:
    """The viewers of one run in this process, and the subscription that feeds them."""

    def __init__(self, run_id: UUID) -> None:
        self.run_id = run_id
        self._key = (asyncio.get_running_loop(), run_id)
        self.viewers: set[Viewer] = set()
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._place: tuple[float, Numbered] = (-math.inf, (0, ""))
        self._entrance = asyncio.Semaphore(JOINED_IN_ONE_GO)
        self._asking_place = asyncio.Lock()
        self._reading_past = asyncio.Semaphore(MAX_PAST_READERS)
        self._task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        layer = get_channel_layer()
        channel = await layer.new_channel()
        # Joined before the rows are read, so that nothing falls between the two.
        await layer.group_add(group_name(self.run_id), channel)
        try:
            run = await database_sync_to_async(live_run.load)(self.run_id)
            self._frames = Frames(run)
            await self._frames.renew_snapshot()
            self.ready.set_result(None)
            while True:
                await self._pass_on(await layer.receive(channel))
        except Exception as error:
            self._end(error)
        finally:
            await layer.group_discard(group_name(self.run_id), channel)

    async def _pass_on(self, message: dict[str, Any]) -> None:
        """Send an event to all viewers, unless their snapshots hold it already."""
        seq, frames = message["seq"], self._frames
        if seq <= frames.seq:
            return
        if seq > frames.seq + 1:  # the layer has lost some
            read = database_sync_to_async(live_run.missed)
            for row in await read(self.run_id, frames.seq, seq - 1):
                await self._send(as_frame(row))
        await self._send(json.loads(message["text"]))

    async def _send(self, frame: Frame) -> None:
        """Offer a frame to each viewer, and let the loop do other things in between."""
        seq, text = self._frames.add(frame)
        # Whoever joins meanwhile has it in what they are sent first.
        for number, viewer in enumerate(tuple(self.viewers), start=1):
            viewer.offer(seq, text)
            if number % SENT_IN_ONE_GO == 0:
                await asyncio.sleep(0)
        await self._frames.renew_snapshot()

    def _end(self, error: Exception) -> None:
        """Let no viewer wait for what will not come; their pages try again."""
        _hubs.pop(self._key, None)
        if not self.ready.done():
            self.ready.set_exception(error)
            return
        logger.error("Run %s: its hub has ended", self.run_id, exc_info=error)
        for viewer in tuple(self.viewers):
            viewer.end()

    async def so_far(self) -> list[Numbered]:
        """Return what whoever joins now is sent first: a snapshot, then frames."""
        # Many may have waited for the same rows: a few in each turn of the loop.
        async with self._entrance:
            await asyncio.sleep(0)
        if not self._frames.seq:
            return [await self._place_in_queue()]
        return self._frames.so_far()

    async def _place_in_queue(self) -> Numbered:
        """Return the snapshot of a waiting run, whose place changes without an event.

        Many wait for the same run: what was read a moment ago does for all of them.
        """
        async with self._asking_place:
            now_s = time.monotonic()
            if now_s - self._place[0] > PLACE_HOLDS_S:
                frame = await database_sync_to_async(snapshot.load)(self.run_id)
                self._place = now_s, (frame["seq"], encode(frame))
            return self._place[1]

    async def missed(self, after: int) -> AsyncIterator[Numbered]:
        """Yield the frames after a number: remembered ones, or a bounded number from
        the rows, page by page, for few who ask at a time."""
        if self._frames.remembers(after):
            for numbered in self._frames.after(after):
                yield numbered
            return
        async with self._reading_past:
            async for frame in replay.pages_after(self.run_id, after):
                yield frame["seq"], encode(frame)

    def close(self) -> None:
        """Leave the group."""
        self._task.cancel()


async def join(run_id: UUID, viewer: Viewer) -> Hub:
    """Let a viewer have a run's frames from now on; returns when that is so.

    Raises LabRun.DoesNotExist, or whatever kept the run from being read.
    """
    key = (asyncio.get_running_loop(), run_id)
    hub = _hubs.get(key)
    if hub is None:
        hub = _hubs[key] = Hub(run_id)
    hub.viewers.add(viewer)
    await asyncio.shield(hub.ready)  # one that leaves must not cancel it for the rest
    return hub


def leave(run_id: UUID, viewer: Viewer) -> None:
    """Let a viewer have nothing more; the last one out closes the hub."""
    viewer.stop()
    with contextlib.suppress(RuntimeError):
        key = (asyncio.get_running_loop(), run_id)
        hub = _hubs.get(key)
        if hub is not None:
            hub.viewers.discard(viewer)
            if not hub.viewers:
                hub.close()
                del _hubs[key]
