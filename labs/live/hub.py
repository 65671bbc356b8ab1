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
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer

from labs.execution.recorder import encode, group_name
from labs.live import live_run, snapshot

logger = logging.getLogger(__name__)

OUTBOX_FRAMES = 300  # a minute of ticks; a page that is later fetches them faster
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
    """The viewers of one run in this process, and the subscription that feeds them.

    It keeps the run folded, so that whoever joins gets a snapshot that was encoded once
    for all who join between two events, and words are added to an event once.
    """

    def __init__(self, run_id: UUID) -> None:
        self.run_id = run_id
        self._key = (asyncio.get_running_loop(), run_id)
        self.viewers: set[Viewer] = set()
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._snapshot: tuple[int, str] = (0, "")
        self._task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        layer = get_channel_layer()
        channel = await layer.new_channel()
        # Joined before the rows are read, so that nothing falls between the two.
        await layer.group_add(group_name(self.run_id), channel)
        try:
            self._run = await database_sync_to_async(live_run.load)(self.run_id)
            self.ready.set_result(None)
            while True:
                await self._pass_on(await layer.receive(channel))
        except Exception as error:
            self._end(error)
        finally:
            await layer.group_discard(group_name(self.run_id), channel)

    async def _pass_on(self, message: dict[str, Any]) -> None:
        """Send an event to all viewers, unless their snapshots hold it already."""
        seq = message["seq"]
        if seq <= self._run.seq:
            return
        if seq > self._run.seq + 1:  # the layer has lost some; browsers fetch them
            read = database_sync_to_async(live_run.missed)
            self._run.add_rows(await read(self.run_id, self._run.seq, seq - 1))
        text = encode(self._run.add(json.loads(message["text"])))
        for viewer in tuple(self.viewers):
            viewer.offer(seq, text)

    def _end(self, error: Exception) -> None:
        """Let no viewer wait for what will not come; their pages try again."""
        _hubs.pop(self._key, None)
        if not self.ready.done():
            self.ready.set_exception(error)
            return
        logger.error("Run %s: its hub has ended", self.run_id, exc_info=error)
        for viewer in tuple(self.viewers):
            viewer.end()

    async def snapshot(self) -> tuple[int, str]:
        """Return the number up to which a snapshot is complete, and its text."""
        if not self._run.seq:
            # A waiting run's place in the queue changes without an event.
            frame = await database_sync_to_async(snapshot.load)(self.run_id)
            return frame["seq"], encode(frame)
        if self._snapshot[0] != self._run.seq:
            self._snapshot = self._run.seq, encode(self._run.snapshot())
        return self._snapshot

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
