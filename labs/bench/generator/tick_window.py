"""The numbers of one tick, from the same records as the totals of the run."""

import itertools
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass

from labs.bench.generator.phase_counts import Counts, Tally


@dataclass
class Totals:
    """What a run has counted beside its attempts, from the first connection on."""

    connections_opened: int = 0
    # Established connections that the server ended without having announced it.
    connections_lost: int = 0
    connections_idle_closed: int = 0  # of those lost: while nothing was asked
    # Those that the server ended after an answer which said that it would.
    connections_announced: int = 0
    slow_opened: int = 0
    slow_refused: int = 0
    slow_closed: int = 0
    slow_held_max: int = 0


class Window:
    """Gathers the answers of one interval from the tallies they were counted in."""

    def __init__(self) -> None:
        self.totals = Totals()
        self.tallies: list[Tally] = []
        self._errors = self._attempts = 0

    def new_tally(self, *, counted: bool) -> Tally:
        """Begin a phase: attempts from now on are counted in the tally returned."""
        tally = Tally(counted=counted)
        self.tallies.append(tally)
        return tally

    def take(self, length_s: float) -> dict[str, float | None]:
        """Return the interval's rates and latencies, and begin the next one."""
        latencies: Counts = Counter()
        delays_us: Counts = Counter()
        for tally in self.tallies:
            answers, delays = tally.take_unpublished()
            latencies.update(answers)
            delays_us.update(delays)
        p50, p90, p99, most = _percentiles(latencies, (50, 90, 99, 100))
        return {
            "requests_per_s": round(latencies.total() / length_s, 1),
            "errors_per_s": round(self._new_errors() / length_s, 1),
            "latency_p50_ms": p50,
            "latency_p90_ms": p90,
            "latency_p99_ms": p99,
            "latency_max_ms": most,
            "offered_per_s": round(self._new_attempts() / length_s, 1),
            "send_delay_ms": max(delays_us) / 1000 if delays_us else None,
            "connections_lost": self.totals.connections_lost,
            "connections_idle_closed": self.totals.connections_idle_closed,
            "connections_announced": self.totals.connections_announced,
        }

    def _new_errors(self) -> int:
        before, self._errors = self._errors, sum(t.errors for t in self.tallies)
        return self._errors - before

    def _new_attempts(self) -> int:
        before, self._attempts = self._attempts, sum(t.attempts for t in self.tallies)
        return self._attempts - before


def _percentiles(counts: Counts, wanted: tuple[int, ...]) -> list[float | None]:
    """Return nearest-rank percentiles in milliseconds of values counted by the us."""
    if not counts:
        return [None] * len(wanted)
    ordered_us = sorted(counts)
    ranks = list(itertools.accumulate(counts[value_us] for value_us in ordered_us))
    # Rounded up, without the error of a division in floating point.
    places = [bisect_left(ranks, -(-ranks[-1] * percent // 100)) for percent in wanted]
    return [ordered_us[at] / 1000 for at in places]
