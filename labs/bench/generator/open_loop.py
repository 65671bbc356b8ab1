"""Requests that fall due at instants of their own, whatever became of the others.

Each takes an idle connection, or a new one; where there are as many as may be, it
waits for one. Its latency counts from when it was due, so that a server that stalls
cannot hide the requests it kept from being sent (coordinated omission).
"""

from collections import deque

from labs.bench.contracts.loads import OpenLoop
from labs.bench.contracts.outcomes import Outcome
from labs.bench.generator.arrivals import Arrivals
from labs.bench.generator.client import Client
from labs.bench.generator.load_part import LoadContext, PhaseStart
from labs.bench.generator.phase_counts import Tally
from labs.bench.generator.request_load import RequestLoad
from labs.bench.net.client_sockets import allow_connections
from labs.bench.net.event_loop import Timer

_BATCH = 256  # requests sent before the loop gets its turn


class OpenLoopLoad(RequestLoad[OpenLoop]):
    """The connections of an open loop, and what is due on them."""

    kinds = (OpenLoop,)
    notes_sending = True

    def __init__(self, context: LoadContext) -> None:
        super().__init__(context)
        self._max_busy = 0
        self._idle: list[Client] = []
        self._busy: set[Client] = set()
        self._waiting: deque[tuple[float, Tally]] = deque()  # due, without a connection
        self._arrivals: Arrivals | None = None
        self._began_s = 0.0
        self._due_timer: Timer | None = None

    def apply(self, load: OpenLoop | None, phase: PhaseStart) -> None:
        self._tally, self._arrivals = phase.tally, None
        if self._due_timer is not None:
            self._due_timer.cancel()
        if load is None:
            self._close_idle()
            return
        allow_connections(load.connections)
        self._take_settings(load)
        self._max_busy = load.connections
        self._began_s = self.loop.now()
        self._arrivals = Arrivals(load, phase.length_s, phase.seed)
        self._plan_next(self._arrivals)
        self._start_scan()

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
        if self._due_timer is not None:
            self._due_timer.cancel()
        self._stop_scan()
        self._arrivals = None
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

    def _plan_next(self, arrivals: Arrivals) -> None:
        due_s = self._began_s + arrivals.next_s
        self._due_timer = self.loop.at(due_s, lambda: self._send_due(arrivals))

    def _send_due(self, arrivals: Arrivals) -> None:
        now_s = self.loop.now()
        for _ in range(_BATCH):
            due_s = self._began_s + arrivals.next_s
            if due_s > now_s:
                break
            arrivals.advance()
            self._begin(due_s)
        self._plan_next(arrivals)

    def _begin(self, due_s: float) -> None:
        self._tally.attempts += 1
        self._tally.fresh_late_s.append(self.loop.now() - due_s)
        if self._idle or len(self._busy) < self._max_busy:
            self._ask(due_s, self._tally)
        else:
            self._waiting.append((due_s, self._tally))

    def _serve_waiting(self) -> None:
        for _ in range(min(_BATCH, len(self._waiting))):
            if len(self._busy) < self._max_busy:
                self._ask(*self._waiting.popleft())

    def _ask(self, due_s: float, tally: Tally) -> None:
        client = self._idle.pop() if self._idle else Client(self)
        self._busy.add(client)
        client.ask(due_s, tally)

    def _close_idle(self) -> None:
        for client in self._idle:
            client.close()
        self._idle.clear()

    def _check_deadlines(self, now_s: float) -> None:
        for client in list(self._busy):
            client.check_deadline(now_s)
        while self._waiting and now_s - self._waiting[0][0] > self.timeout_s:
            _, tally = self._waiting.popleft()
            tally.failed(Outcome.CONNECT_TIMEOUT)
