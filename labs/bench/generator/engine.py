"""The load engine: owns every client socket and carries out what a phase offers."""

from labs.bench.contracts.endpoint import Endpoint
from labs.bench.contracts.loads import Load
from labs.bench.contracts.protocol import Protocol
from labs.bench.generator.closed_loop import ClosedLoopLoad
from labs.bench.generator.held_load import HeldLoad
from labs.bench.generator.load_part import LoadContext, PhaseStart
from labs.bench.generator.open_loop import OpenLoopLoad
from labs.bench.generator.phase_counts import Tally
from labs.bench.generator.tick_window import Totals, Window
from labs.bench.net.client_sockets import Sources
from labs.bench.net.event_loop import EventLoop


class Engine:
    """Carries out one load at a time on the runner's loop.

    Raises BenchFault, reason host_limit, when the machine runs out of something.
    `seed` decides when the requests of an open loop fall due.
    """

    def __init__(
        self, loop: EventLoop, endpoint: Endpoint, protocol: Protocol, seed: int = 1
    ) -> None:
        address = endpoint.host, endpoint.port
        self._window, self._seed, self._phases = Window(), seed, 0
        context = LoadContext(loop, address, protocol, self._window, Sources())
        self._closed, self._open = ClosedLoopLoad(context), OpenLoopLoad(context)
        self._held = HeldLoad(context)
        self._parts = self._closed, self._open, self._held

    def begin_phase(
        self, load: Load | None, *, counted: bool = False, length_s: float = 0.0
    ) -> Tally:
        """Begin a phase of `length_s` seconds: open or close the difference.

        Attempts that begin from now on are counted in the tally returned.
        """
        self._phases += 1
        tally = self._window.new_tally(counted=counted)
        phase = PhaseStart(tally, length_s, f"{self._seed}/{self._phases}")
        for part in self._parts:
            part.begin(load, phase)
        return tally

    @property
    def in_flight(self) -> int:
        """Attempts that have begun and not ended."""
        return self._closed.in_flight + self._open.in_flight

    @property
    def waiting_to_send(self) -> int:
        """Those of them that have no connection yet."""
        return self._open.waiting_to_send

    def starved_since(self, when_s: float) -> int:
        """Return how many closed-loop clients have had no answer since `when_s`
        (monotonic): those that a pool with fewer workers than clients never serves."""
        return self._closed.starved_since(when_s)

    def take_window(self, length_s: float) -> dict[str, float | None]:
        """Return the load's numbers since the last call, `length_s` seconds ago."""
        values = self._window.take(length_s)
        values["in_flight"] = self.in_flight
        values["connections_open"] = (
            self._closed.connections_open + self._open.connections_open
        )
        values["waiting_to_send"] = self.waiting_to_send
        return values | self._held.values()

    @property
    def totals(self) -> Totals:
        """What was counted beside the attempts."""
        return self._window.totals

    @property
    def children_cpu_s(self) -> float:
        """Processor time of the processes that share a held load with this one."""
        return self._held.cpu_s

    def finish(self) -> None:
        """End the measurement: count what is unfinished, close every socket."""
        for part in self._parts:
            part.finish()
