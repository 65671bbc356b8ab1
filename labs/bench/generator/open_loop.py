"""Requests that fall due at instants of their own, whatever became of the others.

Each takes an idle connection, or a new one; where there are as many as may be, it
waits for one. Its latency counts from when it was due, so that a server that stalls
cannot hide the requests it kept from being sent (coordinated omission).
"""

from __future__ import annotations

from collections import deque

from labs.bench.contracts.loads import OpenLoop
from labs.bench.contracts.protocol import Protocol
from labs.bench.generator.arrivals import Arrivals
from labs.bench.generator.client import Client
from labs.bench.generator.phase_counts import Tally
from labs.bench.generator.tick_window import Window
from labs.bench.net import client_sockets as c
from labs.bench.net.event_loop import Loop

_SCAN_S = 0.05  # how often deadlines are looked at, and answers counted
_BATCH = 256  # requests sent before the loop gets its turn


class OpenLoopLoad:
    """The connections of an open loop, and what is due on them."""

    notes_sending = True

    def __init__(
        self,
        loop: Loop,
        address: tuple[str, int],
        protocol: Protocol,
        window: Window,
        sources: c.Sources,
    ) -> None:
        self.loop, self.address, self.sources = loop, address, sources
        self.protocol, self.totals = protocol, window.totals
        self.request, self.requests = b"", 1
        self.keep_alive = True
        self.timeout_s = self.connect_timeout_s = 10.0
        self._most = 0
        self._tally = Tally(counted=False)
        self._idle: list[Client] = []
        self._busy: set[Client] = set()
        self._waiting: deque[tuple[float, Tally]] = deque()  # due, without a connection
        self._arrivals: Arrivals | None = None
        self._began_s = 0.0
        self._due_timer = self._scan_timer = None

    def apply(
        self, load: OpenLoop | None, tally: Tally, length_s: float, seed: str
    ) -> None:
        """Let requests fall due like this from now on; None: let none fall due.

        Those that fall due from now on are counted in `tally`. `length_s` is the
        phase's, over which a rate may change.
        """
        self._tally, self._arrivals = tally, None
        if self._due_timer is not None:
            self._due_timer.cancel()
        if load is None:
            self._close_idle()
            return
        c.allow_connections(load.connections)
        self.timeout_s, self.connect_timeout_s = load.timeout_s, load.connect_timeout_s
        self.keep_alive, self._most = load.keep_alive, load.connections
        self.request = self.protocol.request(load.operation, keep_alive=load.keep_alive)
        self._began_s = self.loop.now()
        self._arrivals = Arrivals(load, length_s, seed)
        self._plan_next()
        if self._scan_timer is None:
            self._scan()

    @property
    def in_flight(self) -> int:
        """Attempts that fell due and have not ended."""
        return len(self._busy) + len(self._waiting)

    @property
    def waiting_to_send(self) -> int:
        """Attempts that fell due and have no connection yet."""
        return len(self._waiting)

    @property
    def connections_open(self) -> int:
        """Connections that are established."""
        return len(self._idle) + sum(client.is_open for client in self._busy)

    def finish(self) -> None:
        """Close every socket; what is under way or waits is counted as unfinished."""
        for timer in (self._due_timer, self._scan_timer):
            if timer is not None:
                timer.cancel()
        self._arrivals = self._scan_timer = None
        for _, tally in self._waiting:
            tally.unfinished += 1
        self._waiting.clear()
        for client in self._busy:
            client.abandon()
        self._busy.clear()
        self._close_idle()

    def sent(self, client: Client) -> None:
        """Note how long after it was due a request left."""
        client.tally.fresh_delays_s.append(self.loop.now() - client.due_s)

    def settled(self, client: Client, now_s: float) -> None:
        """Give the connection to whoever has waited longest, or keep it for later."""
        if self._waiting and client.is_open:
            client.ask(*self._waiting.popleft())
            return
        self._busy.discard(client)
        if client.is_open and self._arrivals is not None:
            self._idle.append(client)
        else:
            client.close()
        if self._waiting:  # not from here: a refusal would come back at once
            self.loop.at(now_s, self._serve_waiting)

    def left(self, client: Client) -> None:
        """The server closed an idle connection."""
        self._idle.remove(client)

    def _plan_next(self) -> None:
        due_s = self._began_s + self._arrivals.next_s
        self._due_timer = self.loop.at(due_s, self._send_due)

    def _send_due(self) -> None:
        arrivals, now_s = self._arrivals, self.loop.now()
        for _ in range(_BATCH):
            due_s = self._began_s + arrivals.next_s
            if due_s > now_s:
                break
            arrivals.advance()
            self._begin(due_s)
        self._plan_next()

    def _begin(self, due_s: float) -> None:
        self._tally.attempts += 1
        self._tally.fresh_late_s.append(self.loop.now() - due_s)
        if self._idle or len(self._busy) < self._most:
            self._ask(due_s, self._tally)
        else:
            self._waiting.append((due_s, self._tally))

    def _serve_waiting(self) -> None:
        for _ in range(min(_BATCH, len(self._waiting))):
            if len(self._busy) < self._most:
                self._ask(*self._waiting.popleft())

    def _ask(self, due_s: float, tally: Tally) -> None:
        client = self._idle.pop() if self._idle else Client(self)
        self._busy.add(client)
        client.ask(due_s, tally)

    def _close_idle(self) -> None:
        for client in self._idle:
            client.close()
        self._idle.clear()

    def _scan(self) -> None:
        now_s = self.loop.now()
        for client in list(self._busy):
            client.check_deadline(now_s)
        while self._waiting and now_s - self._waiting[0][0] > self.timeout_s:
            _, tally = self._waiting.popleft()
            tally.failed(c.CONNECT_TIMEOUT)
        self._tally.gather()
        self._scan_timer = self.loop.at(now_s + _SCAN_S, self._scan)
