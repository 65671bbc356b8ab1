"""Reads a run in whose middle something was done to the server: before, and after.

Pure: a result document with phases before and after, the second of which begins with
the action. Instants are the document's, durations count from the action.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from labs.bench.contracts.events import TICK_S
from labs.bench.contracts.outcomes import Outcome
from labs.bench.contracts.result_document import (
    CountedEntry,
    PhaseEntry,
    ResultDocument,
)
from labs.bench.contracts.scenario import PhaseName
from labs.bench.contracts.stored_events import ActionEvent
from labs.bench.verdicts.reading import column


@dataclass(frozen=True)
class BeforeAfter:
    """A run with an action at the start of `after`."""

    result: ResultDocument

    @cached_property
    def action(self) -> ActionEvent | None:
        """The event of the action; None where the run ended before it."""
        actions = [e for e in self.result["events"] if e["type"] == "action"]
        return actions[0] if actions else None

    @property
    def connections(self) -> int:
        """How many clients there were, each with one connection."""
        connections: int = self.result["scenario"]["params"]["connections"]
        return connections

    @property
    def watched_s(self) -> float:
        """How long it was watched afterwards."""
        ends_s = [phase["end_s"] for phase in self.named(PhaseName.AFTER)]
        return round(max(ends_s, default=self.at_s) - self.at_s, 1)

    @property
    def at_s(self) -> float:
        """When it was done; 0 where it never was."""
        return self.action["t_s"] if self.action else 0.0

    def named(self, name: str) -> list[PhaseEntry]:
        """Return the phases of a name; one that was changed on the way is several."""
        return [phase for phase in self.result["phases"] if phase["name"] == name]

    def ticks(self, series: str, phase: str) -> list[tuple[float, float]]:
        """Return (time, value) of the ticks that lie in a phase, `after` from the
        action on; the first tick of `before` is partly of the time before it."""
        spans = [(p["start_s"], p["end_s"]) for p in self.named(phase)]
        if phase == PhaseName.AFTER:
            spans = [(self.at_s, end_s) for _, end_s in spans]
        else:
            spans = [(start_s + TICK_S, end_s) for start_s, end_s in spans]
        return [
            (t_s, value)
            for t_s, value in column(self.result["series"], series)
            if value is not None and any(a < t_s <= b for a, b in spans)
        ]

    def last(self, series: str, until_s: float) -> float:
        """Return a total as of an instant; 0 where it is not known."""
        rows = column(self.result["series"], series)
        known = [value for t_s, value in rows if t_s <= until_s and value is not None]
        return known[-1] if known else 0

    def rise(self, series: str) -> int:
        """Return by how much a total rose from the action on."""
        return int(self.last(series, float("inf")) - self.last(series, self.at_s))

    def first(self, times_s: Iterable[float]) -> float | None:
        """Return how long after the action the first of these was, rounded up."""
        found = next(iter(times_s), None)
        if found is None:
            return None
        # Ticks come five times a second: a digit more would claim too much. Rounded
        # first, or the error of a float could make it a tenth more.
        return math.ceil(round(10 * (found - self.at_s), 3)) / 10

    def counted(self) -> list[CountedEntry]:
        """Return what the phases before and after counted."""
        # A request belongs to the phase it began in: those that the action met, too.
        names = (PhaseName.BEFORE, PhaseName.AFTER)
        counts = [phase.get("counted") for name in names for phase in self.named(name)]
        return [counted for counted in counts if counted]

    def outcomes(self, *outcomes: Outcome) -> int:
        """Return how many requests of both ended so."""
        return sum(
            counted["outcomes"].get(outcome, 0)
            for counted in self.counted()
            for outcome in outcomes
        )
