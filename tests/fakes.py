"""Small loopback servers with known answers, named for what they do.

Each listens on 127.0.0.1 at a free port and serves from a thread of its own as long as
its `with` block lasts. None shares code with the instruments that are held against it.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Any

from labs.bench.contracts.endpoint import Endpoint
from labs.bench.net.event_loop import EventLoop

HOST = "127.0.0.1"
END_OF_HEAD = b"\r\n\r\n"
PATIENCE_S = 20.0  # a safety net: what takes longer has gone wrong
NO_LINGER = struct.pack("ii", 1, 0)  # close() then resets: socket(7), SO_LINGER

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LAST_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
UNTIL_CLOSE = b"HTTP/1.1 200 OK\r\n\r\nthe end of this is the end of the connection"
UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\nno"
NOT_HTTP = b"SSH-2.0-OpenSSH_9.2\r\n"


class FakeClock:
    """Stands still until it is moved. It starts late, as a monotonic clock does."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s

    def forward(self, seconds: float) -> None:
        self.now_s += seconds


def drive(loop: EventLoop, until: Callable[[], Any]) -> None:
    """Let the loop work until something is so; AssertionError if it never is."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not until():
        assert time.monotonic() < deadline_s, "What was waited for did not happen"
        loop.step(0.005)


def drive_for(loop: EventLoop, seconds: float) -> None:
    """Let the loop work for so long by its own clock, which must be a real one."""
    until_s = loop.now() + seconds
    drive(loop, lambda: loop.now() >= until_s)


class Connection(asyncio.Protocol):
    """One client of a server: what it sent, and the ways to treat it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.received = b""
        self._unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.server.connections.append(self)
        self.server.opened(self)

    def data_received(self, data: bytes) -> None:
        self.received += data
        *heads, self._unread = (self._unread + data).split(END_OF_HEAD)
        for _ in heads:
            self.server.requests += 1
            self.server.asked(self)

    def connection_lost(self, error: Exception | None) -> None:
        self.server.gone += 1

    def send(self, answer: bytes) -> None:
        """Send it and go on, even if the client has left."""
        if not self.transport.is_closing():
            self.transport.write(answer)

    def close(self) -> None:
        """Send what is left, then end the connection in an orderly way."""
        self.transport.close()

    def reset(self) -> None:
        """End the connection with a reset."""
        sock = self.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        self.transport.abort()


class Server:
    """Accepts everybody. What becomes of a connection is up to the subclasses.

    Counts `connections`, `requests` (complete heads) and the connections `gone`.
    """

    def __init__(self) -> None:
        self.connections: list[Connection] = []
        self.requests = self.gone = 0
        self.loop = asyncio.new_event_loop()
        self._listener = socket.create_server((HOST, 0), backlog=1024)
        self.port = self._listener.getsockname()[1]
        self.address = (HOST, self.port)
        self.endpoint = Endpoint(HOST, self.port)
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.loop.call_soon_threadsafe(self._over.set)
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()

    def catch_up(self) -> None:
        """Let it see all that has reached its sockets by now."""

        async def turns() -> None:
            for _ in range(10):  # to accept alone takes asyncio several
                await asyncio.sleep(0)

        turning = asyncio.run_coroutine_threadsafe(turns(), self.loop)
        turning.result(PATIENCE_S)

    def opened(self, connection: Connection) -> None:
        """Somebody connected."""

    def asked(self, connection: Connection) -> None:
        """Somebody sent a whole request."""

    def _run(self) -> None:
        with self._listener:
            self.loop.run_until_complete(self._serve())
        self.loop.close()

    async def _serve(self) -> None:
        server = await self.loop.create_server(
            lambda: Connection(self), sock=self._listener, backlog=1024
        )
        await self._over.wait()
        server.close()
        for connection in self.connections:
            connection.transport.abort()
        await asyncio.sleep(0)  # transports close their sockets one turn later


class SteadyServer(Server):
    """Answers each request `service_s` after it came, any number at the same time."""

    def __init__(self, service_s: float = 0.0) -> None:
        super().__init__()
        self._service_s = service_s

    def asked(self, connection: Connection) -> None:
        self.loop.call_later(self._service_s, connection.send, OK)


class FirstComeServer(SteadyServer):
    """Answers whoever came first; the others wait, as for a pool with one worker."""

    def asked(self, connection: Connection) -> None:
        if connection is self.connections[0]:
            super().asked(connection)


class InTurnServer(Server):
    """Gives the answers that it was made with in turn, again and again."""

    def __init__(self, *answers: bytes) -> None:
        super().__init__()
        self._answers = itertools.cycle(answers)

    def asked(self, connection: Connection) -> None:
        connection.send(next(self._answers))


class OneAnswerServer(Server):
    """Closes each connection after one answer, or after a part of one."""

    def __init__(self, answer: bytes = LAST_OK) -> None:
        super().__init__()
        self._answer = answer

    def asked(self, connection: Connection) -> None:
        connection.send(self._answer)
        connection.close()


class ResettingServer(SteadyServer):
    """Resets the connection of every `every`-th request and answers the others."""

    def __init__(self, every: int = 1, service_s: float = 0.0) -> None:
        super().__init__(service_s)
        self._every = every

    def asked(self, connection: Connection) -> None:
        if self.requests % self._every == 0:
            connection.reset()
        else:
            super().asked(connection)


class SilentServer(Server):
    """Accepts, reads, and never answers."""


class ImpatientServer(Server):
    """Closes each connection `patience_s` after it was opened."""

    def __init__(self, patience_s: float) -> None:
        super().__init__()
        self._patience_s = patience_s

    def opened(self, connection: Connection) -> None:
        self.loop.call_later(self._patience_s, connection.close)


class DismissingServer(Server):
    """Closes a connection when it is told to."""

    def dismiss(self, number: int) -> None:
        """Close the `number`-th connection, the first being 0."""
        self.loop.call_soon_threadsafe(self.connections[number].close)


class FullServer:
    """Listens and never accepts; its accept queue has no room left.

    The kernel drops every further SYN, so that to connect is to wait.
    """

    def __init__(self) -> None:
        # A backlog of 0 still lets one connection wait: listen(2) on Linux.
        self._listener = socket.create_server((HOST, 0), backlog=0)
        self.address = self._listener.getsockname()
        self.endpoint = Endpoint(HOST, self.address[1])
        self._waiting = socket.create_connection(self.address, PATIENCE_S)

    def __enter__(self) -> FullServer:
        return self

    def __exit__(self, *error: object) -> None:
        self._waiting.close()
        self._listener.close()


class RefusingPort:
    """A port that is taken, so that nobody else gets it, and where nobody listens."""

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.bind((HOST, 0))
        self.address = self._socket.getsockname()
        self.endpoint = Endpoint(HOST, self.address[1])

    def __enter__(self) -> RefusingPort:
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()
