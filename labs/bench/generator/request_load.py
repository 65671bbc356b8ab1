"""What closed and open loops share: clients' settings, and the scan of deadlines."""

from abc import abstractmethod
from typing import TypeVar

from labs.bench.contracts.loads import ClosedLoop, OpenLoop
from labs.bench.generator.client import ClientOwner
from labs.bench.generator.load_part import LoadContext, LoadPart
from labs.bench.generator.phase_counts import Tally
from labs.bench.net.event_loop import Timer

_SCAN_S = 0.05  # how often deadlines are looked at, and answers counted

R = TypeVar("R", ClosedLoop, OpenLoop)


class RequestLoad(LoadPart[R], ClientOwner):
    """A load made of requests that are counted one by one."""

    def __init__(self, context: LoadContext) -> None:
        self.loop, self.address = context.loop, context.address
        self.sources, self.protocol = context.sources, context.protocol
        self.totals = context.window.totals
        self.request, self.requests = b"", 1
        self.keep_alive = True
        self.timeout_s = self.connect_timeout_s = 10.0
        self._tally = Tally(counted=False)
        self._scan_timer: Timer | None = None

    @property
    @abstractmethod
    def in_flight(self) -> int:
        """Attempts that have begun and not ended."""

    @property
    @abstractmethod
    def connections_open(self) -> int:
        """Connections that are established."""

    @abstractmethod
    def _check_deadlines(self, now_s: float) -> None:
        """End the attempts that have taken too long."""

    def _take_settings(self, load: R, pipeline: int = 1) -> None:
        self.timeout_s, self.connect_timeout_s = load.timeout_s, load.connect_timeout_s
        self.keep_alive = load.keep_alive
        one = self.protocol.request(load.operation, keep_alive=load.keep_alive)
        self.request, self.requests = one * pipeline, pipeline

    def _start_scan(self) -> None:
        if self._scan_timer is None:
            self._scan()

    def _stop_scan(self) -> None:
        if self._scan_timer is not None:
            self._scan_timer.cancel()
            self._scan_timer = None

    def _scan(self) -> None:
        # One timer for all clients: a timer for each request would cost more than the
        # request, and a deadline that is noticed 50 ms late does no harm.
        now_s = self.loop.now()
        self._check_deadlines(now_s)
        self._tally.gather()
        self._scan_timer = self.loop.at(now_s + _SCAN_S, self._scan)
