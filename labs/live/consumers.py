"""The live view of a run over a WebSocket: a snapshot, then every event.

Frames out are stored events; the only frames in are {"type":"resume","after":SEQ} and
{"type":"ping"}. Nothing is changed through a socket.
"""

import asyncio
import json
import time
import uuid
from collections import Counter, deque

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from labs.execution import recorder
from labs.live import hub
from labs.live.replay import events_after
from labs.models import LabRun
from labs.permissions import owners

# Close codes: RFC 6455, section 7.4.2 leaves 4000-4999 to applications; ours end as the
# HTTP status of the same meaning does.
MALFORMED, NOT_ALLOWED, UNKNOWN, LAGGING, FLOOD = 4400, 4403, 4404, 4408, 4429
MAX_FRAMES, WITHIN_S = 20, 10.0  # a page pings every 10 s, and resumes seldom
MAX_SOCKETS = 20  # per browser session or address
_sockets: Counter[str] = Counter()


class RunConsumer(AsyncWebsocketConsumer):
    """One browser tab that watches one run.

    It is accepted before it is refused: a browser learns the close code of a socket
    only if the handshake has succeeded.
    """

    viewer = None
    counted = None

    async def __call__(self, scope, receive, send):
        """Serve the socket; leave its hub and its count, however it ends."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._leave()

    async def connect(self):
        await self.accept()
        run = await _find(self.scope["url_route"]["kwargs"]["run_id"])
        if run is None:
            await self.close(UNKNOWN)
            return
        owner = owners.owner_of(self.scope.get("user"), self.scope.get("session"))
        if not await database_sync_to_async(owner.may_see)(run):
            await self.close(NOT_ALLOWED)
            return
        if not self._count():
            await self.close(FLOOD)
            return
        self.run_id, self.last_seq = run.pk, 0
        self.frame_times_s = deque(maxlen=MAX_FRAMES)
        self.snapshot_sent = asyncio.Event()
        self.viewer = hub.Viewer(self._forward, self._too_slow)
        try:
            joined = await hub.join(self.run_id, self.viewer)
            self.last_seq, text = await joined.snapshot()
        except LabRun.DoesNotExist:  # deleted a moment ago
            await self.close(UNKNOWN)
            return
        await self.send(text_data=text)
        self.snapshot_sent.set()

    def _leave(self):
        if self.viewer is not None:
            hub.leave(self.run_id, self.viewer)
        if self.counted is not None:
            _sockets[self.counted] -= 1
            if not _sockets[self.counted]:
                del _sockets[self.counted]

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
        for frame in await database_sync_to_async(events_after)(self.run_id, after):
            await self.send(text_data=recorder.encode(frame))

    async def _forward(self, seq, text):
        await self.snapshot_sent.wait()  # which comes first, by the contract
        if seq > self.last_seq:
            self.last_seq = seq
            await self.send(text_data=text)

    async def _too_slow(self):
        await self.close(LAGGING)

    def _is_flood(self):
        now_s = time.monotonic()
        full = len(self.frame_times_s) == MAX_FRAMES
        flood = full and now_s - self.frame_times_s[0] < WITHIN_S
        self.frame_times_s.append(now_s)
        return flood

    def _count(self):
        session = self.scope.get("session")
        address = (self.scope.get("client") or [""])[0]
        key = getattr(session, "session_key", None) or address
        if _sockets[key] >= MAX_SOCKETS:
            return False
        _sockets[key] += 1
        self.counted = key
        return True


class UnknownConsumer(AsyncWebsocketConsumer):
    """Answers every address that is no run's."""

    async def connect(self):
        await self.accept()
        await self.close(UNKNOWN)


@database_sync_to_async
def _find(text):
    try:
        run_id = uuid.UUID(text)
    except ValueError:
        return None
    return LabRun.objects.defer("result").filter(pk=run_id).first()


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
