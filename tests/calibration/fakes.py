"""Servers with known answers that note what they did, and when.

Each is one thread with sockets that never block, and a clock of its own, which may be
one that only moves when it is told to (`lockstep`). They share no code with the
instrument, nor with the protocols: a request is counted by the bytes that end it.
"""

from __future__ import annotations

import heapq
import itertools
import random
import select
import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

HOST = "127.0.0.1"
END_OF_HEAD = b"\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

KEEP, CLOSE, HALF_CLOSE, RESET = "keep", "close", "half_close", "reset"
_NO_LINGER = struct.pack("ii", 1, 0)  # close() then resets: socket(7), SO_LINGER
_ROOM_BYTES = 1 << 20  # for what a client has not read yet


class Fake:
    """Accepts everybody and takes notes. What becomes of a request: `asked`.

    `arrived_s` and `answered_s` hold, for each request, when it was read and when its
    answer was about to be sent (None: it was not answered).
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, end: bytes = END_OF_HEAD
    ) -> None:
        self.now, self._end = clock, end
        self.arrived_s: list[float] = []
        self.answered_s: list[float | None] = []
        self.pending = 0  # requests that were read and have not ended
        self.is_frozen = False  # then it takes nothing that comes
        self._listener = socket.create_server((HOST, 0), backlog=1024)
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        self._epoll = select.epoll()
        self._epoll.register(self._listener, select.EPOLLIN)
        self._sockets: dict[int, socket.socket] = {}
        self._unread: dict[int, bytes] = {}
        self._timers: list[tuple[float, int, Callable[[float], None]]] = []
        self._order = itertools.count()

    # -- what the kinds are made of --------------------------------------------------

    def asked(self, sock: socket.socket, number: int, now_s: float) -> None:
        """A whole request came; `number` is its place in the notes."""

    def at(self, when_s: float, action: Callable[[float], None]) -> None:
        """Do something then; it is told when it should have been done."""
        heapq.heappush(self._timers, (when_s, next(self._order), action))

    def answer(self, sock: socket.socket, number: int, data: bytes = OK) -> None:
        """Answer now."""
        self.answered_s[number] = self.now()
        self.send(sock, data)
        self.pending -= 1

    def send(self, sock: socket.socket, data: bytes) -> None:
        """Send, unless the connection is gone."""
        if sock.fileno() >= 0:
            try:
                sent = sock.send(data)
            except (BrokenPipeError, ConnectionResetError):
                return
            assert sent == len(data), "There is no room for an answer"

    def end(self, sock: socket.socket, how: str) -> None:
        """End a connection in one of the ways above."""
        if how == HALF_CLOSE:
            sock.shutdown(socket.SHUT_WR)
        elif how != KEEP:
            if how == RESET:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            self._forget(sock)

    # -- the loop --------------------------------------------------------------------

    @property
    def next_s(self) -> float:
        """When it has something to do unasked."""
        return self._timers[0][0] if self._timers else float("inf")

    def step(self, most_s: float = 0.0) -> bool:
        """Wait for at most so long; return whether there was something to do."""
        wait_s = min(most_s, self.next_s - self.now())
        if wait_s > 0:  # epoll_wait counts in milliseconds, select in microseconds
            select.select([self._epoll], [], [], wait_s)
        ready = [] if self.is_frozen else self._epoll.poll(0)
        now_s = self.now()
        for fd, _ in ready:
            if fd == self._listener.fileno():
                self._accept()
            elif fd in self._sockets:
                self._read(self._sockets[fd], now_s)
        return self._run_timers() or bool(ready)

    def watch(self, fd: int) -> None:
        """Let `step` return when something happens at a descriptor of others."""
        self._epoll.register(fd, select.EPOLLIN)

    def stop_listening(self) -> None:
        """Refuse whoever comes from now on."""
        self._epoll.unregister(self._listener)
        self._listener.close()

    def close(self) -> None:
        """Close every socket; what was noted stays."""
        for sock in [*self._sockets.values(), self._listener]:
            sock.close()
        self._epoll.close()

    def _run_timers(self) -> bool:
        did = False
        while self._timers and self._timers[0][0] <= self.now():
            when_s, _, action = heapq.heappop(self._timers)
            action(when_s)
            did = True
        return did

    def _accept(self) -> None:
        sock, _ = self._listener.accept()
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _ROOM_BYTES)
        self._sockets[sock.fileno()] = sock
        self._unread[sock.fileno()] = b""
        self._epoll.register(sock, select.EPOLLIN)

    def _read(self, sock: socket.socket, now_s: float) -> None:
        try:
            data = sock.recv(1 << 16)
        except ConnectionResetError:
            data = b""
        if not data:
            self._forget(sock)
            return
        fd = sock.fileno()
        *requests, self._unread[fd] = (self._unread[fd] + data).split(self._end)
        for _ in requests:
            self.arrived_s.append(now_s)
            self.answered_s.append(None)
            self.pending += 1
            self.asked(sock, len(self.arrived_s) - 1, now_s)

    def _forget(self, sock: socket.socket) -> None:
        del self._sockets[sock.fileno()], self._unread[sock.fileno()]
        self._epoll.unregister(sock)
        sock.close()


class Steady(Fake):
    """Answers each request `service_s` after it came, any number at the same time."""

    def __init__(self, service_s: float, **rest: Any) -> None:
        super().__init__(**rest)
        self._service_s = service_s

    def asked(self, sock: socket.socket, number: int, now_s: float) -> None:
        self.at(now_s + self._service_s, lambda _: self.answer(sock, number))


class Silent(Fake):
    """Reads, and never answers."""


class Freezing(Fake):
    """Answers at once, but does nothing for the last `freeze_s` of each `period_s`.

    Periods begin when it does. While it is frozen it does not even read.
    """

    def __init__(self, period_s: float, freeze_s: float, **rest: Any) -> None:
        super().__init__(**rest)
        self._period_s, self._freeze_s = period_s, freeze_s
        self.at(self.now() + period_s - freeze_s, self._freeze)

    def asked(self, sock: socket.socket, number: int, now_s: float) -> None:
        self.answer(sock, number)

    def _freeze(self, due_s: float) -> None:
        self.is_frozen = True
        self.at(due_s + self._freeze_s, self._thaw)

    def _thaw(self, due_s: float) -> None:
        self.is_frozen = False
        self.at(due_s + self._period_s - self._freeze_s, self._freeze)


class Dropping(Fake):
    """Ends the connection instead of an answer, for a share of the requests.

    `dropped` counts them. Which ones it will be is decided by the seed.
    """

    def __init__(self, share: float, seed: int, **rest: Any) -> None:
        super().__init__(**rest)
        self._share, self._random = share, random.Random(seed)
        self.dropped = 0

    def asked(self, sock: socket.socket, number: int, now_s: float) -> None:
        if self._random.random() < self._share:
            self.dropped += 1
            self.pending -= 1
            self.end(sock, CLOSE)
        else:
            self.answer(sock, number)


class Queueing(Fake):
    """`servers` that each serve one request at a time; the others wait in one queue.

    Service times are exponential with mean `mean_s`, from the seed; `services_s` tells
    them in order of arrival. A service begins when it should have, even where the
    machine was late to end the one before it, so that lateness does not add up.
    """

    def __init__(self, servers: int, mean_s: float, seed: int, **rest: Any) -> None:
        super().__init__(**rest)
        self._free, self._mean_s, self._random = servers, mean_s, random.Random(seed)
        self._waiting: deque[tuple[socket.socket, int]] = deque()
        self.services_s: list[float] = []

    def asked(self, sock: socket.socket, number: int, now_s: float) -> None:
        self.services_s.append(self._random.expovariate(1 / self._mean_s))
        self._waiting.append((sock, number))
        if self._free:
            self._free -= 1
            self._begin(now_s)

    def _begin(self, free_s: float) -> None:
        """Serve whoever is next, on a server that is free since then."""
        sock, number = self._waiting.popleft()
        start_s = max(free_s, self.arrived_s[number])
        done_s = start_s + self.services_s[number]
        self.at(done_s, lambda done_s: self._end_service(sock, number, done_s))

    def _end_service(self, sock: socket.socket, number: int, done_s: float) -> None:
        self.answer(sock, number)
        if self._waiting:
            self._begin(done_s)
        else:
            self._free += 1


class Saying(Fake):
    """Says what it was told to, in pieces that come `gap_s` after each other.

    `answers` are lists of pieces, for one request after the other and again from the
    first. After each the connection is treated like `then`. Requests of one connection
    are answered in order, as a pipeline has it.
    """

    def __init__(
        self,
        answers: Sequence[Sequence[bytes]],
        then: str = KEEP,
        gap_s: float = 0.0001,
        **rest: Any,
    ) -> None:
        super().__init__(**rest)
        self._answers, self._then, self._gap_s = answers, then, gap_s
        self._speaks_until: dict[socket.socket, float] = {}

    def asked(self, sock: socket.socket, number: int, now_s: float) -> None:
        when_s = max(now_s, self._speaks_until.get(sock, now_s))
        for piece in self._answers[number % len(self._answers)]:
            self.at(when_s, lambda _, piece=piece: self.send(sock, piece))
            when_s += self._gap_s
        self._speaks_until[sock] = when_s
        self.at(when_s, lambda _: self._finish(sock, number))

    def _finish(self, sock: socket.socket, number: int) -> None:
        self.answered_s[number] = self.now()
        self.pending -= 1
        if sock.fileno() >= 0:
            self.end(sock, self._then)
