"""Virtual clients that ask again as soon as they are answered, or after a pause.

An attempt is due when the answer before it arrived (and `think_s` has passed), or when
its client had to connect anew; it ends in exactly one outcome.
"""

from labs.bench.contracts.loads import ClosedLoop
from labs.bench.generator.client import Client
from labs.bench.generator.load_part import LoadContext, PhaseStart
from labs.bench.generator.request_load import RequestLoad
from labs.bench.net.client_sockets import allow_connections

_AGAIN_S = 0.05  # after a refusal, so that a dead server does not cost a core


class ClosedLoopLoad(RequestLoad[ClosedLoop]):
    """All virtual clients of a run."""

    kinds = (ClosedLoop,)

    def __init__(self, context: LoadContext) -> None:
        super().__init__(context)
        self._think_s, self._once = 0.0, False
        self._clients: list[Client] = []

    def apply(self, load: ClosedLoop | None, phase: PhaseStart) -> None:
        self._tally = phase.tally
        wanted = load.connections if load else 0
        if load:
            allow_connections(load.connections)
            self._think_s, self._once = load.think_s, load.once
            self._take_settings(load, load.pipeline)
            self._start_scan()
        asking = [client for client in self._clients if not client.is_over]
        for client in asking[wanted:]:
            self._retire(client)
        self._clients = [client for client in self._clients if not self._gone(client)]
        self._begin_asking(wanted - len(asking))

    @property
    def in_flight(self) -> int:
        """Attempts that have begun and not ended."""
        return sum(client.awaited for client in self._clients)

    @property
    def connections_open(self) -> int:
        """Connections that are established."""
        return sum(client.is_open for client in self._clients)

    def starved_since(self, when_s: float) -> int:
        """Return how many clients have had no answer since `when_s`."""
        return sum(client.answered_s < when_s for client in self._clients)

    def finish(self) -> None:
        for client in self._clients:
            client.is_over = True  # one that failed has a timer to begin anew
            client.abandon()
        self._clients.clear()
        self._stop_scan()

    def sent(self, client: Client) -> None:
        """Nothing to note: a request of a closed loop is due when it is sent."""

    def settled(self, client: Client, now_s: float) -> None:
        """Let a client ask again: at once, after its pause, or after a failure."""
        if client.is_over or self._once:
            client.close()
        elif client.answered_s == now_s and not self._think_s:
            self._tally.attempts += self.requests
            client.ask(now_s, self._tally)
        elif client.answered_s == now_s:
            self._ask_at(now_s + self._think_s, client)
        else:
            client.tally.failed_s += self.requests * _AGAIN_S  # that cost it, too
            self._ask_at(now_s + _AGAIN_S, client)

    def left(self, client: Client) -> None:
        """The server closed a connection in a pause: the next request opens another."""

    def _begin_asking(self, number: int) -> None:
        """Let so many more clients ask. Those that pause begin one after the other
        within their pause, or they would all ask at once for ever."""
        now_s = self.loop.now()
        for at in range(number):
            client = Client(self)
            self._clients.append(client)
            if self._think_s and at:
                self._ask_at(now_s + self._think_s * at / number, client)
            else:
                self._ask(client, now_s)

    def _ask(self, client: Client, due_s: float) -> None:
        if not client.is_over:
            self._tally.attempts += self.requests
            client.ask(due_s, self._tally)

    def _ask_at(self, due_s: float, client: Client) -> None:
        self.loop.at(due_s, lambda: self._ask(client, due_s))

    def _retire(self, client: Client) -> None:
        client.is_over = True
        if not client.awaited:
            client.close()

    def _gone(self, client: Client) -> bool:
        return client.is_over and not client.awaited

    def _check_deadlines(self, now_s: float) -> None:
        for client in self._clients:
            client.check_deadline(now_s)
