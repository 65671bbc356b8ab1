"""The load engine: owns every client socket and carries out what a phase offers."""

from __future__ import annotations

from labs.bench.closed_loop import ClosedLoopLoad
from labs.bench.loop import Loop
from labs.bench.protocol import Protocol
from labs.bench.sandbox.endpoint import Endpoint
from labs.bench.scenario import ClosedLoop, Load, SlowHeads
from labs.bench.slow_heads import SlowHeadsLoad
from labs.bench.window import Totals, Window


class Engine:
    """Carries out one load at a time on the runner's loop.

    Raises BenchFault, reason host_limit, when the machine runs out of something.
    """

    def __init__(self, loop: Loop, endpoint: Endpoint, protocol: Protocol) -> None:
        address = (endpoint.host, endpoint.port)
        self._window = Window()
        self._closed = ClosedLoopLoad(loop, address, protocol, self._window)
        self._slow = SlowHeadsLoad(loop, address, protocol, self._window)

    def apply(self, load: Load | None) -> None:
        """Offer this load from now on: open or close the difference."""
        self._closed.apply(load if isinstance(load, ClosedLoop) else None)
        self._slow.apply(load if isinstance(load, SlowHeads) else None)

    def measure(self, on: bool) -> None:
        """Count, or leave out, the attempts that begin from now on."""
        self._closed.measured = on

    @property
    def in_flight(self) -> int:
        """Attempts that have begun and not ended."""
        return self._closed.in_flight

    def starved_since(self, when_s: float) -> int:
        """Return how many closed-loop clients have had no answer since `when_s`
        (monotonic): those that a pool with fewer workers than clients never serves."""
        return self._closed.starved_since(when_s)

    def take_window(self, length_s: float) -> dict[str, float | None]:
        """Return the load's numbers since the last call, `length_s` seconds ago."""
        values = self._window.take(length_s)
        return values | self._closed.values() | self._slow.values()

    def totals(self) -> Totals:
        """Return all that was counted; `finish` makes it final."""
        self._window.settle()
        return self._window.totals

    def finish(self) -> None:
        """End the measurement: count what is unfinished, close every socket."""
        self._closed.finish()
        self._slow.finish()
