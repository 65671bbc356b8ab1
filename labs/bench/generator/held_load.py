"""Connections held open: in this process as many as it may open, the rest in children.

One process may have only so many files open (RLIMIT_NOFILE), and so only so many
connections; more are shared out among child processes (`child_processes`).
"""

from dataclasses import replace

from labs.bench.contracts.loads import (
    Held,
    IdleConnections,
    SlowBodies,
    SlowHeads,
    SlowReads,
)
from labs.bench.generator.child_processes import ChildProcesses
from labs.bench.generator.held_connections import HeldConnections
from labs.bench.generator.load_part import LoadContext, LoadPart, PhaseStart
from labs.bench.net.client_sockets import room


class HeldLoad(LoadPart[Held]):
    """All held connections of a run, here and in the children."""

    kinds = (SlowHeads, SlowBodies, SlowReads, IdleConnections)

    def __init__(self, context: LoadContext) -> None:
        self._here = HeldConnections(context)
        self._totals = context.window.totals
        self._children = ChildProcesses(context)

    def apply(self, load: Held | None, phase: PhaseStart) -> None:
        wanted = load.connections if load else 0
        here = min(wanted, room())
        self._here.hold(replace(load, connections=here) if load and here else None)
        self._children.hold(load, wanted - here)

    def values(self) -> dict[str, float | None]:
        """Return the tick's numbers; opened, refused and closed are totals so far."""
        totals, held = self._totals, self._here.held + self._children.held
        totals.slow_held_max = max(totals.slow_held_max, held)
        return {
            "slow_target": self._here.target + self._children.target,
            "slow_held": held,
            "slow_connecting": self._here.connecting + self._children.connecting,
            "slow_opened": totals.slow_opened,
            "slow_refused": totals.slow_refused,
            "slow_closed": totals.slow_closed,
        }

    @property
    def cpu_s(self) -> float:
        """Processor time of the children so far."""
        return self._children.cpu_s

    def finish(self) -> None:
        self._here.hold(None)
        self._children.finish()
