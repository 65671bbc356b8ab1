"""Reads a run in whose middle something was done to the server: before, and after.

Pure: a result document with phases before and after, the second of which begins with
the action. Instants are the document's, durations count from the action.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from labs.bench.contracts.events import TICK_S
from labs.bench.verdicts import reading as v


@dataclass(frozen=True)
class BeforeAfter:
    """A run with an action at the start of `after`."""

    result: Mapping[str, Any]

    @cached_property
    def action(self) -> Mapping[str, Any] | None:
        """The event that tells of it; None where the run ended before."""
        told = [e for e in self.result["events"] if e["type"] == "action"]
        return told[0] if told else None

    @property
    def connections(self) -> int:
        """How many clients there were, each with one connection."""
        return self.result["scenario"]["params"]["connections"]

    @property
    def watched_s(self) -> float:
        """How long it was watched afterwards."""
        ends = [p["end_s"] for p in self.named(v.AFTER) if p["end_s"] is not None]
        return round(max(ends, default=self.at_s) - self.at_s, 1)

    @property
    def at_s(self) -> float:
        """When it was done; 0 where it never was."""
        return self.action["t_s"] if self.action else 0.0

    def named(self, name: str) -> list[Mapping[str, Any]]:
        """Return the phases of a name; one that was changed on the way is several."""
        return [phase for phase in self.result["phases"] if phase["name"] == name]

    def ticks(self, series: str, phase: str) -> list[tuple[float, float]]:
        """Return (time, value) of the ticks that lie in a phase, `after` from the
        action on; the first tick of `before` tells of the time before it, too."""
        spans = [(p["start_s"], p["end_s"]) for p in self.named(phase) if p["end_s"]]
        if phase == v.AFTER:
            spans = [(self.at_s, end_s) for _, end_s in spans]
        else:
            spans = [(start_s + TICK_S, end_s) for start_s, end_s in spans]
        return [
            (t_s, value)
            for t_s, value in self.column(series)
            if value is not None and any(a < t_s <= b for a, b in spans)
        ]

    def column(self, series: str) -> Sequence[tuple[float, float | None]]:
        """Return (time, value) of all ticks; nothing where there is no such series."""
        columns = self.result["series"]
        return list(zip(columns["t_s"], columns.get(series, ()), strict=False))

    def last(self, series: str, until_s: float) -> float:
        """Return a total as of an instant; 0 where it is not known."""
        rows = self.column(series)
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
        return math.ceil(round(10 * (found - self.at_s), 3)) / 10

    def counted(self) -> list[Mapping[str, Any]]:
        """Return what the phases before and after counted."""
        names = (v.BEFORE, v.AFTER)
        phases = [p for name in names for p in self.named(name)]
        return [phase["counted"] for phase in phases if phase.get("counted")]

    def outcomes(self, names: Sequence[str]) -> int:
        """Return how many requests of both ended so."""
        counted = self.counted()
        return sum(each["outcomes"].get(name, 0) for each in counted for name in names)

    def total(self, name: str) -> int:
        """Return the sum of a figure of both."""
        return sum(each[name] for each in self.counted())
