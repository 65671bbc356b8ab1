"""Connections held open: in this process as many as it may open, the rest in children.

One process may have only so many files open (RLIMIT_NOFILE), and so only so many
connections; more are shared out among child processes (`child_processes`).
"""

from __future__ import annotations

from dataclasses import replace

from labs.bench.contracts.loads import Held
from labs.bench.contracts.protocol import Protocol
from labs.bench.generator.child_processes import Crew
from labs.bench.generator.held_connections import Occupiers
from labs.bench.generator.tick_window import Window
from labs.bench.net import client_sockets as c
from labs.bench.net.event_loop import Loop


class HeldLoad:
    """All held connections of a run, here and in the children."""

    def __init__(
        self,
        loop: Loop,
        address: tuple[str, int],
        protocol: Protocol,
        window: Window,
        sources: c.Sources,
    ) -> None:
        self._own = Occupiers(loop, address, protocol, window, sources)
        self._totals = window.totals
        self._crew = Crew(loop, address, protocol, window.totals)

    def apply(self, load: Held | None) -> None:
        """Hold this many connections from now on; None closes them all."""
        wanted = load.connections if load else 0
        here = min(wanted, c.room())
        self._own.apply(replace(load, connections=here) if here else None)
        self._crew.apply(load, wanted - here)

    def values(self) -> dict[str, float | None]:
        """Return the tick's numbers; opened, refused and closed are totals so far."""
        totals, held = self._totals, self._own.held + self._crew.held
        totals.slow_held_max = max(totals.slow_held_max, held)
        return {
            "slow_target": self._own.target + self._crew.target,
            "slow_held": held,
            "slow_connecting": self._own.connecting + self._crew.connecting,
            "slow_opened": totals.slow_opened,
            "slow_refused": totals.slow_refused,
            "slow_closed": totals.slow_closed,
        }

    @property
    def cpu_s(self) -> float:
        """Processor time of the children so far."""
        return self._crew.cpu_s

    def finish(self) -> None:
        """Close every connection."""
        self._own.apply(None)
        self._crew.finish()
