"""What became of clients and server once something had been done to it.

The reading that the judges of a crash and of a graceful restart share. Pure: reads a
result document with phases before and after of one closed loop, the second of which
begins with the action. Times are seconds after the action.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from labs.bench import verdict as v
from labs.bench.events import TICK_S

NEARLY = 0.9  # of what was answered before: service is full again
HALF = 0.5  # of it: less is no service
BEFORE_OK = 0.9  # of the probes before, or they tell nothing afterwards
WINDOW = 5  # ticks, one second: what is seen in one alone may be noise
LAST_PROBES = 10
_LATE_TIMES, _LATE_MS = 5, 100

_LOST = ("reset", "http_error")
_REFUSED = ("refused", "connect_timeout")
_UNANSWERED = ("read_timeout",)


@dataclass(frozen=True)
class Aftermath:
    """A run in which something was done to the server at the start of `after`."""

    result: Mapping[str, Any]

    # -- what was done ---------------------------------------------------------------

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
        ends = [p["end_s"] for p in self._named(v.AFTER) if p["end_s"] is not None]
        return round(max(ends, default=self._at_s) - self._at_s, 1)

    def nothing_to_compare(self) -> str:
        """Return why the data cannot carry a verdict; empty if they can."""
        if self.action is None or not self.action.get("done", True):
            return "Nothing was done to the server, so there is nothing to judge"
        if not self.rate_before:
            return "No request was answered before, so there is nothing to compare with"
        if len(self._rates) < WINDOW:
            return "It was watched for less than a second afterwards"
        return ""

    # -- service ---------------------------------------------------------------------

    @cached_property
    def rate_before(self) -> float:
        """Answers a second before."""
        rates = [rate for _, rate in self._ticks("requests_per_s", v.BEFORE)]
        return sum(rates) / len(rates) if rates else 0.0

    @property
    def share_at_end(self) -> float:
        """The rate in the last second over that of before."""
        return _mean([rate for _, rate in self._rates[-WINDOW:]]) / self.rate_before

    @cached_property
    def full_after_s(self) -> float | None:
        """When service was full again: for a second nearly as much was answered as
        before, and no probe due in it failed. 0: it never was less. None: not seen."""
        for at in range(len(self._rates) - WINDOW + 1):
            window = self._rates[at : at + WINDOW]
            if _mean([rate for _, rate in window]) < NEARLY * self.rate_before:
                continue
            start_s, end_s = window[0][0] - TICK_S, window[-1][0]
            if not any(start_s <= p.due_s < end_s for p in self.failed_probes):
                return round(max(0.0, start_s - self._at_s), 1) if at else 0.0
        return None

    @property
    def is_denied(self) -> bool:
        """Whether at the end less than half of what was answered before was."""
        last = self.probes[-LAST_PROBES:]
        failed = sum(not probe.ok for probe in last)
        return self.share_at_end < HALF or failed * 2 > max(1, len(last))

    # -- the honest client -----------------------------------------------------------

    @cached_property
    def probes(self) -> tuple[v.Probe, ...]:
        """Those due afterwards; none where they were not answered before either, as
        where the clients hold every worker."""
        reading = v.ProbeReading(self.result)
        if (reading.ok_ratio(v.BEFORE) or 0.0) < BEFORE_OK:
            return ()
        return reading.during(v.AFTER)

    @property
    def failed_probes(self) -> list[v.Probe]:
        """Those of them that were not answered."""
        return [probe for probe in self.probes if not probe.ok]

    @property
    def late_probes(self) -> list[v.Probe]:
        """Those answered after five times as long as usual, and 100 ms."""
        usual = v.latency_median_ms(v.ProbeReading(self.result).during(v.BEFORE))
        limit_ms = max(_LATE_MS, _LATE_TIMES * (usual or 0.0))
        return [p for p in self.probes if p.ok and p.latency_ms > limit_ms]

    # -- the clients -----------------------------------------------------------------

    @property
    def lost(self) -> int:
        """Connections that the server ended without having announced it."""
        return self._rise("connections_lost")

    @property
    def idle_closed(self) -> int:
        """Those of the lost on which nothing was asked just then."""
        return self._rise("connections_idle_closed")

    @property
    def announced(self) -> int:
        """Connections that ended after an answer which said so."""
        return self._rise("connections_announced")

    @property
    def always_announces(self) -> bool:
        """Whether the server closes connections after an answer at all times."""
        return bool(self._last("connections_announced", self._at_s))

    @property
    def requests_lost(self) -> int:
        """Requests that were on their way and got no answer, or a wrong one."""
        return self._outcomes(_LOST)

    @property
    def refused(self) -> int:
        """Requests for which there was nobody to connect to."""
        return self._outcomes(_REFUSED)

    @property
    def unanswered(self) -> int:
        """Requests whose answer did not come in time, or in the run."""
        return self._outcomes(_UNANSWERED) + self._sum("unfinished")

    @property
    def slowest_ms(self) -> float | None:
        """The longest answer, of requests that began afterwards or shortly before."""
        slowest = [c["latency_max_ms"] for c in self._counted() if c["latency_max_ms"]]
        return max(slowest, default=None)

    # -- the processes ---------------------------------------------------------------

    @cached_property
    def processes_before(self) -> int:
        """How many processes there were, most of the time; 0 if none was seen."""
        seen = sorted(n for _, n in self._ticks("server_processes", v.BEFORE))
        return int(seen[len(seen) // 2]) if seen else 0

    @property
    def processes_at_end(self) -> int:
        """How many there were in the last second."""
        seen = sorted(n for _, n in self._ticks("server_processes", v.AFTER)[-WINDOW:])
        return int(seen[len(seen) // 2]) if seen else 0

    @property
    def replaced_after_s(self) -> float | None:
        """When there were as many processes as before, a new one among them; None if
        never."""
        rows = self._old_and_all
        return self._first(
            t_s for t_s, old, n in rows if n > old and n >= self.processes_before
        )

    @property
    def first_new_s(self) -> float | None:
        """When a process was seen that had not been there; None if never."""
        return self._first(t_s for t_s, old, n in self._old_and_all if n > old)

    @property
    def old_gone_s(self) -> float | None:
        """When of the processes of before only the first was left; None if never."""
        return self._first(t_s for t_s, old, _ in self._old_and_all if old <= 1)

    @property
    def is_gone(self) -> bool:
        """Whether the server ended."""
        events = self.result["events"]
        return any(e["type"] == "server" and e["state"] == "gone" for e in events)

    # -- reading the document --------------------------------------------------------

    @property
    def _at_s(self) -> float:
        return self.action["t_s"] if self.action else 0.0

    @property
    def _old_and_all(self) -> list[tuple[float, float, float]]:
        """Rows of time, how many processes of before were left, and how many in all."""
        alive = dict(self._ticks("server_processes", v.AFTER))
        old = self._ticks("server_processes_old", v.AFTER)
        return [(t_s, n, alive[t_s]) for t_s, n in old if t_s in alive]

    @cached_property
    def _rates(self) -> list[tuple[float, float]]:
        return self._ticks("requests_per_s", v.AFTER)

    def _named(self, name: str) -> list[Mapping[str, Any]]:
        return [phase for phase in self.result["phases"] if phase["name"] == name]

    def _ticks(self, series: str, phase: str) -> list[tuple[float, float]]:
        """Return (time, value) of the ticks that lie in a phase, `after` from the
        action on; the first tick of `before` tells of the time before it, too."""
        spans = [(p["start_s"], p["end_s"]) for p in self._named(phase) if p["end_s"]]
        if phase == v.AFTER:
            spans = [(self._at_s, end_s) for _, end_s in spans]
        else:
            spans = [(start_s + TICK_S, end_s) for start_s, end_s in spans]
        return [
            (t_s, value)
            for t_s, value in self._column(series)
            if value is not None and any(a < t_s <= b for a, b in spans)
        ]

    def _column(self, series: str) -> Sequence[tuple[float, float | None]]:
        columns = self.result["series"]
        return list(zip(columns["t_s"], columns.get(series, ()), strict=False))

    def _last(self, series: str, until_s: float) -> float:
        rows = self._column(series)
        known = [value for t_s, value in rows if t_s <= until_s and value is not None]
        return known[-1] if known else 0

    def _rise(self, series: str) -> int:
        """Return by how much a total rose from the action on."""
        return int(self._last(series, float("inf")) - self._last(series, self._at_s))

    def _first(self, times_s: Iterable[float]) -> float | None:
        """Return how long after the action the first of these was, rounded up."""
        found = next(iter(times_s), None)
        return (
            None
            if found is None
            else math.ceil(round(10 * (found - self._at_s), 3)) / 10
        )

    def _counted(self) -> list[Mapping[str, Any]]:
        names = (v.BEFORE, v.AFTER)
        phases = [p for name in names for p in self._named(name)]
        return [phase["counted"] for phase in phases if phase.get("counted")]

    def _outcomes(self, names: Sequence[str]) -> int:
        counted = self._counted()
        return sum(each["outcomes"].get(name, 0) for each in counted for name in names)

    def _sum(self, name: str) -> int:
        return sum(each[name] for each in self._counted())


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
