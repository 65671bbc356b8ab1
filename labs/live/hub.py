"""One group subscription for a run in a process, however many sockets watch it.

The in-memory layer copies each message for each member of a group (145 ms a message at
1,000 viewers, measured); here it copies once, and each socket gets the same text. A
socket that does not keep up is closed rather than buffered for without bound: its page
comes back and fetches what it missed.
"""

import asyncio
import contextlib
import logging

from channels.layers import get_channel_layer

from labs.execution.recorder import group_name

logger = logging.getLogger(__name__)

OUTBOX_FRAMES = 300  # a minute of ticks
_hubs = {}


class Viewer:
    """One socket's outbox. `send` is its coroutine, `give_up` closes it."""

    def __init__(self, send, give_up):
        self._send, self._give_up = send, give_up
        self._outbox = asyncio.Queue(OUTBOX_FRAMES)
        self._task = asyncio.create_task(self._deliver())
        self.lagging = False

    def offer(self, seq, text):
        """Put a frame into the outbox; a full one ends the socket."""
        if self.lagging:
            return
        try:
            self._outbox.put_nowait((seq, text))
        except asyncio.QueueFull:
            self.lagging = True
            self._task.cancel()
            self._closing = asyncio.create_task(self._give_up())

    def stop(self):
        """Deliver nothing more."""
        self._task.cancel()

    async def _deliver(self):
        while True:
            seq, text = await self._outbox.get()
            await self._send(seq, text)


class Hub:
    """The viewers of one run in this process, and the subscription that feeds them."""

    def __init__(self, run_id):
        self.run_id = run_id
        self.viewers = set()
        self.ready = asyncio.Event()
        self._task = asyncio.create_task(self._listen())

    async def _listen(self):
        layer = get_channel_layer()
        channel = await layer.new_channel()
        await layer.group_add(group_name(self.run_id), channel)
        self.ready.set()
        try:
            while True:
                message = await layer.receive(channel)
                for viewer in tuple(self.viewers):
                    viewer.offer(message["seq"], message["text"])
        finally:
            await layer.group_discard(group_name(self.run_id), channel)

    def close(self):
        """Leave the group."""
        self._task.cancel()


async def join(run_id, viewer):
    """Let a viewer have a run's frames from now on; returns when that is so."""
    key = (asyncio.get_running_loop(), run_id)
    hub = _hubs.get(key)
    if hub is None:
        hub = _hubs[key] = Hub(run_id)
    hub.viewers.add(viewer)
    await hub.ready.wait()


def leave(run_id, viewer):
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
