"""One virtual client: a connection, what was asked on it, and how that ended.

Closed and open loops use the same one; when and what it asks is theirs. Nothing is
allocated for a request but what the protocol's parser needs.
"""

from __future__ import annotations

import select
import socket
from abc import ABC, abstractmethod
from contextlib import suppress

from labs.bench.contracts.outcomes import Outcome
from labs.bench.contracts.protocol import Parser, Protocol
from labs.bench.generator.phase_counts import Tally
from labs.bench.generator.tick_window import Totals
from labs.bench.net.client_sockets import Sources, close_socket, open_socket, outcome_of
from labs.bench.net.event_loop import EventLoop

_IN, _OUT = select.EPOLLIN, select.EPOLLOUT
# Larger ones cost more: an allocation beyond 128 KiB is a system call each time.
_READ_BYTES = 16 * 1024


class ClientOwner(ABC):
    """What a client needs of the load it belongs to, and what it reports there."""

    loop: EventLoop
    address: tuple[str, int]
    sources: Sources
    protocol: Protocol
    totals: Totals
    request: bytes  # one request, or as many as are pipelined
    requests: int  # how many those bytes are
    keep_alive: bool
    timeout_s: float
    connect_timeout_s: float
    notes_sending = False  # whether `sent` is to be called

    @abstractmethod
    def sent(self, client: Client) -> None:
        """Note that its requests have left; asked only with `notes_sending`."""

    @abstractmethod
    def settled(self, client: Client, now_s: float) -> None:
        """All that it asked for has come to an end; `is_open` if it may go on."""

    @abstractmethod
    def left(self, client: Client) -> None:
        """The server closed its connection while nothing was asked."""


class Client:
    """One connection-holder, connecting when it has to."""

    __slots__ = (
        "_connected",
        "_failed",
        "_has_socket",
        "_load",
        "_now",
        "_parser",
        "_recv",
        "_send",
        "_sock",
        "_unsent",
        "answered_s",
        "awaited",
        "due_s",
        "is_over",
        "tally",
    )

    def __init__(self, load: ClientOwner) -> None:
        self._load, self._now = load, load.loop.now
        # These two, and what they can, are there from the first connection on.
        self._sock: socket.socket
        self._parser: Parser
        self._has_socket = self._connected = False
        self._unsent = b""
        self._failed = 0  # of the parser's answers, when last looked at
        self.tally: Tally
        self.due_s = 0.0
        self.answered_s = 0.0  # when its last answer came; 0: none has
        self.awaited = 0  # answers still to come
        self.is_over = False  # it asks nothing more

    @property
    def is_open(self) -> bool:
        """Whether its connection is established."""
        return self._connected

    def ask(self, due_s: float, tally: Tally) -> None:
        """Begin an attempt that fell due at `due_s`, on a new connection if need be."""
        load = self._load
        self.due_s, self.tally = due_s, tally
        self.awaited = load.requests
        if not self._connected:
            self._connect()
            return
        request = load.request
        try:
            sent = self._send(request)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._lost(outcome_of(error.errno))
            return
        if sent < len(request):
            self._unsent = request[sent:]
            load.loop.modify(self._sock.fileno(), _OUT)
        elif load.notes_sending:
            load.sent(self)

    def check_deadline(self, now_s: float) -> None:
        """End an attempt that has taken too long."""
        if not self.awaited:
            return
        waited_s = now_s - self.due_s
        if not self._connected and waited_s > self._load.connect_timeout_s:
            self._fail(Outcome.CONNECT_TIMEOUT)
        elif waited_s > self._load.timeout_s:
            self._fail(
                Outcome.READ_TIMEOUT if self._connected else Outcome.CONNECT_TIMEOUT
            )

    def close(self) -> None:
        """Close the connection, whatever it is doing; what was asked is not counted."""
        self.awaited, self._connected, self._unsent = 0, False, b""
        if self._has_socket:
            self._has_socket = False
            close_socket(self._load.loop, self._sock)

    def abandon(self) -> None:
        """Close, and count what was asked for as unfinished."""
        if self.awaited:
            self.tally.unfinished += self.awaited
        self.close()

    def _connect(self) -> None:
        load = self._load
        self._sock, code = open_socket(load.address, load.sources.next())
        self._has_socket = True
        if code:
            self._fail(outcome_of(code))
            return
        # Bound once, not looked up again for each request.
        self._recv, self._send = self._sock.recv, self._sock.send
        self._parser, self._failed = load.protocol.parser(), 0
        self._unsent = load.request
        load.loop.add(self._sock.fileno(), _OUT, self._on_event)

    def _on_event(self, mask: int) -> None:
        try:
            if self._unsent:
                self._go_on_sending()
                return
            data = self._recv(_READ_BYTES)
            parser = self._parser
            completed = parser.feed(data) if data else 0
        except BlockingIOError:
            return
        except OSError as error:
            self._lost(outcome_of(error.errno))
            return
        except ValueError:
            self._fail(Outcome.HTTP_ERROR)
            return
        load = self._load
        if (
            completed == 1 == self.awaited
            and parser.ok
            and parser.keeps_alive
            and load.keep_alive
        ):  # nearly always, so it is done here: a call more is felt in the rate
            self.answered_s = now_s = self._now()
            self.tally.fresh_s.append(now_s - self.due_s)
            self.awaited = 0
            load.settled(self, now_s)
        elif data:
            self._answered(completed)
        else:
            self._ended_by_server()

    def _go_on_sending(self) -> None:
        load = self._load
        if not self._connected:
            code = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                self._fail(outcome_of(code))
                return
            self._connected = True
            self.tally.connections_opened += 1
            load.totals.connections_opened += 1
        self._unsent = self._unsent[self._send(self._unsent) :]
        if not self._unsent:
            load.loop.modify(self._sock.fileno(), _IN)
            if load.notes_sending:
                load.sent(self)

    def _answered(self, completed: int) -> None:
        parser = self._parser
        if completed > self.awaited or not self.awaited:
            self._fail(
                Outcome.HTTP_ERROR
            )  # an answer, or its beginning, nobody asked for
            return
        if not completed:
            return
        self.answered_s = now_s = self._now()
        self._count(completed, now_s - self.due_s)
        self.awaited -= completed
        if self.awaited:
            if not parser.keeps_alive:
                self._fail(Outcome.RESET)
            return
        if not (parser.keeps_alive and self._load.keep_alive):
            self._load.totals.connections_announced += self._load.keep_alive
            self.close()
        self._load.settled(self, now_s)

    def _count(self, completed: int, latency_s: float) -> None:
        failed = self._parser.failed - self._failed
        self._failed = self._parser.failed
        self.tally.fresh_s += [latency_s] * (completed - failed)
        if failed:
            self.tally.failed(Outcome.HTTP_ERROR, failed, latency_s)

    def _ended_by_server(self) -> None:
        # Cut off in the middle is the same outcome as no answer at all.
        with suppress(ValueError):
            if self._parser.eof() and self.awaited == 1:
                self._answered_by_its_end()
                return
        self._lost(Outcome.RESET)

    def _answered_by_its_end(self) -> None:
        self.answered_s = now_s = self._now()
        self._count(1, now_s - self.due_s)
        self.awaited = 0
        self.close()
        self._load.settled(self, now_s)

    def _lost(self, outcome: Outcome) -> None:
        """End on a connection that the server ended, and had not said it would."""
        if self._connected:
            self._load.totals.connections_lost += 1
            self._load.totals.connections_idle_closed += not self.awaited
        self._fail(outcome)

    def _fail(self, outcome: Outcome) -> None:
        if not self.awaited:  # it spoke unasked, between two requests
            self.close()
            self._load.left(self)
            return
        now_s = self._now()
        self.tally.failed(outcome, self.awaited, now_s - self.due_s)
        self.close()
        self._load.settled(self, now_s)
