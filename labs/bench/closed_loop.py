"""Virtual clients that ask again as soon as they are answered.

An attempt is due when the answer before it arrived, or when its client had to connect
anew; it ends in exactly one outcome. Nothing is allocated for a request but what the
protocol's parser needs.
"""

from __future__ import annotations

import errno
import select
import socket
from contextlib import suppress

from labs.bench import connecting as c
from labs.bench.loop import Loop
from labs.bench.protocol import Protocol
from labs.bench.scenario import ClosedLoop
from labs.bench.window import OK, Window

_IN, _OUT = select.EPOLLIN, select.EPOLLOUT
# Larger ones cost more: an allocation beyond 128 KiB is a system call each time.
_READ_BYTES = 16 * 1024
_AGAIN_S = 0.05  # after a refusal, so that a dead server does not cost a core
_SCAN_S = 0.05  # how often deadlines are looked at


class ClosedLoopLoad:
    """All virtual clients of a run."""

    def __init__(
        self, loop: Loop, address: tuple[str, int], protocol: Protocol, window: Window
    ) -> None:
        self.loop, self.address = loop, address
        self.protocol, self.window = protocol, window
        self.measured = False
        self.timeout_s = 10.0
        self.request = b""
        self.keep_alive = True
        self._clients: list[_Client] = []
        self._scan_timer = None

    def apply(self, load: ClosedLoop | None) -> None:
        """Offer this load from now on; None lets requests under way come home."""
        wanted = load.connections if load else 0
        if load:
            c.allow_connections(load.connections)
            self.timeout_s, self.keep_alive = load.timeout_s, load.keep_alive
            self.request = self.protocol.request(
                load.operation, keep_alive=load.keep_alive
            )
            if self._scan_timer is None:
                self._scan()
        asking = [client for client in self._clients if not client.is_over]
        for client in asking[wanted:]:
            client.retire()
        self._clients = [client for client in self._clients if not client.is_gone]
        for _ in range(wanted - len(asking)):
            client = _Client(self)
            self._clients.append(client)
            client.begin()

    @property
    def in_flight(self) -> int:
        """Attempts that have begun and not ended."""
        return sum(client.in_flight for client in self._clients)

    def values(self) -> dict[str, float | None]:
        """Return the tick's numbers of connections."""
        return {
            "in_flight": self.in_flight,
            "connections_open": sum(client.is_open for client in self._clients),
        }

    def starved_since(self, when_s: float) -> int:
        """Return how many clients have had no answer since `when_s`."""
        return sum(client.answered_s < when_s for client in self._clients)

    def finish(self) -> None:
        """Close every socket; what is under way is counted as unfinished."""
        self.window.unfinished(
            sum(client.in_flight and client.measured for client in self._clients)
        )
        for client in self._clients:
            client.is_over = True  # one that failed has a timer to begin anew
            client.close()
        self._clients.clear()
        if self._scan_timer is not None:
            self._scan_timer.cancel()

    def _scan(self) -> None:
        now_s = self.loop.now()
        for client in self._clients:
            client.check_deadline(now_s)
        self._scan_timer = self.loop.at(now_s + _SCAN_S, self._scan)


class _Client:
    """One virtual client: connecting, asking, waiting, and so on."""

    __slots__ = (
        "_connected",
        "_load",
        "_parser",
        "_sock",
        "_unsent",
        "answered_s",
        "due_s",
        "in_flight",
        "is_over",
        "measured",
    )

    def __init__(self, load: ClosedLoopLoad) -> None:
        self._load = load
        self._sock: socket.socket | None = None
        self._connected = False
        self._unsent = b""
        self.due_s = 0.0
        self.answered_s = 0.0  # when its last answer came; 0: none has
        self.in_flight = self.measured = self.is_over = False

    @property
    def is_open(self) -> bool:
        """Whether its connection is established."""
        return self._connected

    @property
    def is_gone(self) -> bool:
        """Whether it asks nothing more and awaits nothing."""
        return self.is_over and not self.in_flight

    def begin(self) -> None:
        """Start an attempt on a fresh connection."""
        if self.is_over:
            return
        load = self._load
        self._begin_attempt(load.loop.now())
        self._sock, code = c.open_socket(load.address)
        if code:
            self._fail(c.outcome_of(code))
            return
        self._parser = load.protocol.parser()
        self._unsent = load.request
        load.loop.add(self._sock.fileno(), _OUT, self._on_event)

    def retire(self) -> None:
        """Ask nothing more; close now unless an answer is awaited."""
        self.is_over = True
        if not self.in_flight:
            self.close()

    def close(self) -> None:
        """Close the connection, whatever it is doing."""
        self.in_flight = self._connected = False
        if self._sock is not None:
            c.close_socket(self._load.loop, self._sock)
            self._sock = None

    def check_deadline(self, now_s: float) -> None:
        """End an attempt that has taken too long."""
        if self.in_flight and now_s - self.due_s > self._load.timeout_s:
            self._fail(c.READ_TIMEOUT if self._connected else c.CONNECT_TIMEOUT)

    def _begin_attempt(self, now_s: float) -> None:
        self.due_s, self.in_flight = now_s, True
        self.measured = self._load.measured
        if self.measured:
            self._load.window.begun()

    def _on_event(self, mask: int) -> None:
        try:
            if self._unsent:
                self._send()
            else:
                self._receive()
        except BlockingIOError:
            return
        except OSError as error:
            self._fail(c.outcome_of(error.errno))
        except ValueError:
            self._fail(c.HTTP_ERROR)

    def _send(self) -> None:
        if not self._connected:
            code = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                self._fail(c.outcome_of(code))
                return
            self._connected = True
            self._load.window.totals.connections_opened += 1
        self._unsent = self._unsent[self._sock.send(self._unsent) :]
        if not self._unsent:
            self._load.loop.modify(self._sock.fileno(), _IN)

    def _receive(self) -> None:
        data = self._sock.recv(_READ_BYTES)
        completed = self._parser.feed(data) if data else self._eof()
        if completed == 1:
            self._answered(bool(data))
        elif completed:
            raise ValueError("More answers than requests")

    def _eof(self) -> int:
        # Cut off in the middle is the same outcome as no answer at all.
        with suppress(ValueError):
            if self._parser.eof():
                return 1
        raise ConnectionResetError(errno.ECONNRESET, "Closed without an answer")

    def _answered(self, still_open: bool) -> None:
        load, parser = self._load, self._parser
        self.answered_s = now_s = load.loop.now()
        self.in_flight = False
        outcome = OK if parser.ok else c.HTTP_ERROR
        load.window.ended(outcome, now_s - self.due_s, self.measured)
        if self.is_over:
            self.close()
        elif still_open and load.keep_alive and parser.keeps_alive:
            self._ask_again(now_s)
        else:
            self.close()
            self.begin()

    def _ask_again(self, now_s: float) -> None:
        self._begin_attempt(now_s)
        request = self._load.request
        sent = self._sock.send(request)
        if sent < len(request):
            self._unsent = request[sent:]
            self._load.loop.modify(self._sock.fileno(), _OUT)

    def _fail(self, outcome: str) -> None:
        load = self._load
        now_s = load.loop.now()
        load.window.ended(outcome, now_s - self.due_s, self.measured)
        self.close()
        load.loop.at(now_s + _AGAIN_S, self.begin)
