"""What a WebSocket's client may do to the site is bounded here; what is sent to it is
shared and never piles up.

Messages received have a greatest length; frames of every kind, control frames too, a
greatest number in a time. A client that does not read makes the application wait
instead of filling memory. Importing this takes over the event loop, as Daphne does.
"""

import asyncio
import time
from collections import deque
from typing import Any

from autobahn.websocket import protocol as _autobahn
from daphne.server import Server
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from twisted.internet import reactor as _reactor
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

# Neither says in its types what it has while it runs.
reactor: Any = _reactor
autobahn: Any = _autobahn
# Frames of a client, of any kind: a page sends one in 10 s and answers Daphne's pings,
# one in 20 s. The consumer has a narrower limit for messages.
MAX_FRAMES, WITHIN_S = 60, 10.0
END_S = 1.0  # for a client that is dropped to take what was sent before
ACCEPTED_IN_ONE_GO = 3  # connections, some 6 ms of work; others wait in the kernel
CHECK_EVERY_S, CHECKED_IN_ONE_GO = 2, 50
SHUTTING_DOWN, FLOOD = 1012, 4429  # RFC 6455, 7.4, and labs/live/consumers.py


@implementer(IPushProducer)
class LiveProtocol(WebSocketProtocol):
    """One connection; to its transport also the producer of what is sent."""

    state: int  # Autobahn's
    # The frame that was sent last, whichever connection it went to: a server's frames
    # carry no mask, so those of one text are equal and need to be made but once.
    _last_text: str | None = None
    _last_frame = b""

    def connectionMade(self) -> None:
        """Take over from HTTP, which has heard of a full transport until now."""
        self._frame_times_s: deque[float] = deque(maxlen=MAX_FRAMES)
        self._drained = asyncio.Event()
        self._drained.set()
        self.transport.unregisterProducer()
        super().connectionMade()
        self.transport.registerProducer(self, True)

    def connectionLost(self, reason: Any) -> None:
        """Let nobody wait for a client that has gone."""
        self._drained.set()
        super().connectionLost(reason)

    # --- what is sent ----------------------------------------------------------------

    def pauseProducing(self) -> None:
        """Note that the client reads slower than the site sends."""
        self._drained.clear()

    def resumeProducing(self) -> None:
        """Note that it has caught up."""
        self._drained.set()

    def stopProducing(self) -> None:
        """Note that nothing can be sent any more."""
        self._drained.set()

    async def drained(self) -> None:
        """Wait until what was sent has left the process, or the client has gone."""
        await self._drained.wait()

    def serverSend(self, content: str | bytes, binary: bool = False) -> None:
        """Send a message of any length: Autobahn's limit is for both directions."""
        if self.state != self.STATE_OPEN:
            return
        cls = LiveProtocol
        if content is not cls._last_text:
            data = content if isinstance(content, bytes) else content.encode()
            cls._last_frame = _frame(2 if binary else 1, data)
            cls._last_text = content if isinstance(content, str) else None
        self._write(cls._last_frame)

    def _write(self, frame: bytes) -> None:
        """Hand a frame to the kernel now where it has room, else to the transport.

        Twisted waits for the loop to say that there is room, which for a short frame
        is most of the work: half of what a tick costs with 1,000 viewers.
        """
        transport = self.transport
        if not (transport.dataBuffer or transport._tempDataBuffer):
            written = transport.writeSomeData(frame)
            if isinstance(written, int) and written > 0:
                if written == len(frame):
                    return
                frame = frame[written:]
        transport.write(frame)  # which also learns of a connection that is lost

    def shut_down(self) -> None:
        """Tell the client that the site is about to be started anew.

        At once: the loop turns too few times for Autobahn's own way of closing.
        """
        if self.state == self.STATE_OPEN:
            self._write(_frame(8, SHUTTING_DOWN.to_bytes(2, "big")))
            self.state = self.STATE_CLOSING

    # --- what is received ------------------------------------------------------------

    def onFrameBegin(self) -> None:
        """Count a frame of any kind; drop the connection of a flood."""
        times_s, now_s = self._frame_times_s, time.monotonic()
        if len(times_s) == MAX_FRAMES and now_s - times_s[0] < WITHIN_S:
            self.sendCloseFrame(FLOOD)
            self.data = b""  # what has arrived with it is not looked at any more
            self.dropConnection(abort=False)
            # A client that does not read the rest has no say in when it ends.
            reactor.callLater(END_S, self.transport.abortConnection)
        times_s.append(now_s)
        super().onFrameBegin()


def _frame(opcode: int, data: bytes) -> bytes:
    """Return a whole message as one frame from a server (RFC 6455, 5.2)."""
    size = len(data)
    if size < 126:
        return bytes((0x80 | opcode, size)) + data
    if size < 1 << 16:
        return bytes((0x80 | opcode, 126)) + size.to_bytes(2, "big") + data
    return bytes((0x80 | opcode, 127)) + size.to_bytes(8, "big") + data


class LiveServer(Server):
    """Daphne, whose WebSockets wait for slow readers and are told of the end."""

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """Send a reply; return once there is room for the next."""
        await super().handle_reply(protocol, message)
        if message["type"] == "websocket.send":
            await protocol.drained()

    def listen_success(self, port: Any) -> None:
        """Take few connections in one go: each is work, and the loop waits for all."""
        accept = port.doRead

        def accept_some() -> Any:
            # Twisted takes 20 more each time, for as long as there are any.
            port.numberAccepts = ACCEPTED_IN_ONE_GO
            return accept()

        port.doRead = accept_some
        super().listen_success(port)

    def timeout_checker(self) -> None:
        """Look at all connections, as Daphne does every 2 s, but few in one go: it
        pings each that has been silent, which for 1,000 would block the loop."""
        self._check_some(list(self.connections))

    def _check_some(self, connections: list[Any]) -> None:
        for protocol in connections[:CHECKED_IN_ONE_GO]:
            protocol.check_timeouts()
        if rest := connections[CHECKED_IN_ONE_GO:]:
            reactor.callLater(0, self._check_some, rest)
        else:
            reactor.callLater(CHECK_EVERY_S, self.timeout_checker)

    def kill_all_applications(self) -> Any:
        """Close the sockets, then end what answers them."""
        for protocol in tuple(self.connections):
            if isinstance(protocol, LiveProtocol):
                protocol.shut_down()
        return super().kill_all_applications()


def install() -> None:
    """Let every connection that Daphne takes from now on be such a one."""
    WebSocketFactory.protocol = LiveProtocol
    # For a line of debugging that nobody reads Autobahn lays out all its options for
    # each connection, prettily: half of what accepting one costs.
    autobahn.pformat = repr
