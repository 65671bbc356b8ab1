"""The numbers of one tick, and the totals of a run, from the same records."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from labs.bench.histogram import Histogram

OK = "ok"


@dataclass
class Totals:
    """What a run has counted. `attempts` and all that follow from them leave out what
    began during the warm-up; `slow_...` count from the first connection on."""

    attempts: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    unfinished: int = 0
    latency: Histogram = field(default_factory=Histogram)
    connections_opened: int = 0
    slow_opened: int = 0
    slow_refused: int = 0
    slow_closed: int = 0
    slow_held_max: int = 0


class Window:
    """Gathers the answers of one interval; every attempt ends here exactly once."""

    def __init__(self) -> None:
        self.totals = Totals()
        self._ok_us: list[int] = []
        self._measured_us: list[int] = []
        self._errors = 0

    def begun(self) -> None:
        """Count an attempt that is measured."""
        self.totals.attempts += 1

    def ended(self, outcome: str, latency_s: float, measured: bool) -> None:
        """Count the end of an attempt; `latency_s` runs from when it was due."""
        if outcome == OK:
            latency_us = int(latency_s * 1e6)
            self._ok_us.append(latency_us)
            if measured:
                self._measured_us.append(latency_us)
        else:
            self._errors += 1
        if measured:
            self.totals.outcomes[outcome] += 1

    def unfinished(self, number: int) -> None:
        """Count measured attempts that had no end when the run had."""
        self.totals.unfinished += number

    def settle(self) -> None:
        """Put what has gathered into the histogram."""
        self.totals.latency.record_many(self._measured_us)
        self._measured_us.clear()

    def take(self, length_s: float) -> dict[str, float | None]:
        """Return the interval's rates and latencies, and begin the next one."""
        self.settle()
        latencies_us = sorted(self._ok_us)
        errors, self._ok_us, self._errors = self._errors, [], 0
        return {
            "requests_per_s": round(len(latencies_us) / length_s, 1),
            "errors_per_s": round(errors / length_s, 1),
            "latency_p50_ms": _at(latencies_us, 50),
            "latency_p90_ms": _at(latencies_us, 90),
            "latency_p99_ms": _at(latencies_us, 99),
            "latency_max_ms": _at(latencies_us, 100),
        }


def _at(ordered_us: list[int], percent: int) -> float | None:
    """Return the nearest-rank percentile of an ordered list, in milliseconds."""
    if not ordered_us:
        return None
    rank = max(1, -(-len(ordered_us) * percent // 100))
    return ordered_us[rank - 1] / 1000
