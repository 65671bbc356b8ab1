"""The live view of a run over a WebSocket: a snapshot, then every event.

Frames out are stored events; the only frames in are {"type":"resume","after":SEQ} and
{"type":"ping"}. Nothing is changed through a socket.
"""

import asyncio
import json
import time
import uuid
from collections import deque

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from labs.live import hub, rights
from labs.live.socket_count import Places, address_holder
from labs.models import LabRun

# Close codes: RFC 6455, section 7.4.2 leaves 4000-4999 to applications; ours end as the
# HTTP status of the same meaning does.
MALFORMED, NOT_ALLOWED, UNKNOWN, LAGGING, FLOOD = 4400, 4403, 4404, 4408, 4429
MAX_FRAMES, WITHIN_S = 20, 10.0  # a page pings every 10 s, and resumes seldom
MAX_STALLED_S = 20.0  # for a client to take what one answer of ours holds


class LiveConsumer(AsyncWebsocketConsumer):
    """What both consumers leave out of Channels' own, for each costs every socket."""

    channel_layer_alias = ""  # a hub subscribes, once for all sockets

    async def dispatch(self, message):
        """Handle a message, without a way through the database's thread for each."""
        await getattr(self, message["type"].replace(".", "_"))(message)


class RunConsumer(LiveConsumer):
    """One browser tab that watches one run.

    It is accepted before it is refused: a browser learns the close code of a socket
    only if the handshake has succeeded.
    """

    viewer = None

    async def __call__(self, scope, receive, send):
        """Serve the socket; leave its hub and its places, however it ends."""
        self.places = Places()
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._leave()

    async def connect(self):
        await self.accept()
        refusal = await self._refusal()
        if refusal is not None:
            await self.close(refusal)
            return
        self.last_seq = 0
        self.frame_times_s = deque(maxlen=MAX_FRAMES)
        self.snapshot_sent = asyncio.Event()
        self.viewer = hub.Viewer(self._forward, self._too_slow)
        try:
            self.hub = await hub.join(self.run_id, self.viewer)
            so_far = await self.hub.so_far()
        except LabRun.DoesNotExist:  # deleted a moment ago
            await self.close(UNKNOWN)
            return
        # Together with the reading: what comes from now on is offered to the viewer.
        self.last_seq = so_far[-1][0]
        await self._send_in_time(so_far)
        self.snapshot_sent.set()

    async def _refusal(self):
        """Return the code with which to close the socket at once, if any."""
        address = (self.scope.get("client") or [""])[0]
        if not self.places.take("address", address_holder(address)):
            return FLOOD
        self.run_id = _run_id(self.scope["url_route"]["kwargs"]["run_id"])
        if self.run_id is None:
            return UNKNOWN
        cookie = self.scope["cookies"].get(settings.SESSION_COOKIE_NAME, "")
        question = rights.Question(self.run_id, cookie)
        rights.of_this_loop().watch(question, self._rights_have_ended)
        answer = await rights.of_this_loop().ask(question)
        if not answer.may_watch:
            return _code_of(answer)
        holders = {"session": answer.session_key, "account": answer.account}
        taken = (self.places.take(k, which) for k, which in holders.items() if which)
        return None if all(taken) else FLOOD

    def _leave(self):
        rights.of_this_loop().forget(self._rights_have_ended)
        if self.viewer is not None:
            hub.leave(self.run_id, self.viewer)
        self.places.leave()

    async def _rights_have_ended(self, answer):
        """Close the socket: a logout, or a change of the run or the account."""
        if self.viewer is not None:
            self.viewer.stop()
        await self.close(_code_of(answer))

    async def receive(self, text_data=None, bytes_data=None):
        if self._is_flood():
            await self.close(FLOOD)
            return
        frame = _read_frame(text_data)
        if frame is None:
            await self.close(MALFORMED)
        elif frame["type"] == "ping":
            await self.send(text_data='{"type":"pong"}')
        else:
            await self._resume(frame["after"])

    async def _resume(self, after):
        """Send the events after number `after`, the last that the browser has got."""
        async for numbered in self.hub.missed(after):
            await self._send_in_time([numbered])

    async def _send_in_time(self, frames):
        """Send frames one after the other; close the socket of one that takes none."""
        try:
            async with asyncio.timeout(MAX_STALLED_S):
                for _, text in frames:
                    await self._send_text(text)
        except TimeoutError:
            await self._too_slow()

    async def _forward(self, seq, text):
        await self.snapshot_sent.wait()  # which comes first, by the contract
        if seq > self.last_seq:
            self.last_seq = seq
            await self._send_text(text)

    async def _send_text(self, text):
        # As Channels does, without three calls in between: this is done for each frame.
        await self.base_send({"type": "websocket.send", "text": text})

    async def _too_slow(self):
        await self.close(LAGGING)

    def _is_flood(self):
        now_s = time.monotonic()
        full = len(self.frame_times_s) == MAX_FRAMES
        flood = full and now_s - self.frame_times_s[0] < WITHIN_S
        self.frame_times_s.append(now_s)
        return flood


class UnknownConsumer(LiveConsumer):
    """Answers every address that is no run's."""

    async def connect(self):
        await self.accept()
        await self.close(UNKNOWN)


def _code_of(answer):
    return NOT_ALLOWED if answer.exists else UNKNOWN


def _run_id(text):
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _read_frame(text):
    """Return a client's frame; None if it is too long or not one of the two."""
    if not text or len(text) > settings.LABS_CLIENT_FRAME_MAX_BYTES:
        return None
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(frame, dict):
        return None
    if frame.get("type") == "ping":
        return frame
    after = frame.get("after")
    whole = isinstance(after, int) and not isinstance(after, bool)
    return frame if frame.get("type") == "resume" and whole and after >= 0 else None
