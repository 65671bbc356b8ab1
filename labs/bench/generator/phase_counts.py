"""What one phase has counted: every attempt that began in it ends here exactly once."""

from collections import Counter

from labs.bench.contracts.outcomes import Outcome
from labs.bench.contracts.result_document import TallyEntry
from labs.bench.statistics.histogram import Histogram

Counts = Counter[int]


class Tally:
    """The attempts of one phase. `counted` is False for a warm-up: shown, never stored.

    Loads write into `attempts` and the lists of what is fresh themselves: a call for
    each request would cost as much as all the rest of the counting.
    """

    __slots__ = (
        "_recent",
        "_unpublished",
        "attempts",
        "begun_late",
        "connections_opened",
        "counted",
        "failed_s",
        "fresh_delays_s",
        "fresh_late_s",
        "fresh_s",
        "latency",
        "outcomes",
        "send_delay",
        "starved",
        "unfinished",
    )

    def __init__(self, *, counted: bool) -> None:
        self.counted = counted
        self.attempts = 0
        self.outcomes: Counter[Outcome] = Counter()  # of attempts that came to an end
        self.failed_s = 0.0  # spent in attempts that ended otherwise than ok
        self.unfinished = 0
        self.connections_opened = 0
        self.starved = 0  # closed-loop clients without an answer in the whole phase
        self.latency = Histogram()
        self.send_delay = Histogram()  # of open loops: sent - due
        self.begun_late = Histogram()  # of open loops: when the loop came to it - due
        self.fresh_s: list[float] = []  # latencies of answers since the last `gather`
        self.fresh_delays_s: list[float] = []
        self.fresh_late_s: list[float] = []
        # How often each number of us, of these three kinds, since the last `settle`.
        self._recent: tuple[Counts, Counts, Counts] = Counter(), Counter(), Counter()
        # The first two of them since the last `take_unpublished`.
        self._unpublished: tuple[Counts, Counts] = Counter(), Counter()

    def failed(self, outcome: Outcome, number: int = 1, took_s: float = 0.0) -> None:
        """Count attempts that ended otherwise than ok, each after `took_s`."""
        self.outcomes[outcome] += number
        self.failed_s += number * took_s

    @property
    def errors(self) -> int:
        """Attempts that ended, and not well."""
        return self.outcomes.total() - self.outcomes[Outcome.OK]

    def gather(self) -> None:
        """Count what is fresh. Loads do so often: no request is sent meanwhile, and to
        count a whole tick's answers at once would leave the server without work."""
        fresh = self.fresh_s, self.fresh_delays_s, self.fresh_late_s
        for recent, values_s in zip(self._recent, fresh, strict=True):
            if values_s:
                # No Python code runs for each value: that would be felt in the rate.
                recent.update(map(int, map((1e6).__mul__, values_s)))
                values_s.clear()

    def settle(self) -> None:
        """Put into the histograms what is not in them yet."""
        self.gather()
        latencies, delays, late = self._recent
        self._recent = Counter(), Counter(), Counter()
        self.latency.record_counts(latencies)
        self.send_delay.record_counts(delays)
        self.begun_late.record_counts(late)
        self.outcomes[Outcome.OK] += latencies.total()
        self._unpublished[0].update(latencies)
        self._unpublished[1].update(delays)

    def take_unpublished(self) -> tuple[Counts, Counts]:
        """Return what was settled since the last call: how often each latency, and each
        delay of sending, in whole us."""
        self.settle()
        unpublished, self._unpublished = self._unpublished, (Counter(), Counter())
        return unpublished

    def as_json(self, length_s: float, *, is_open: bool) -> TallyEntry:
        """Describe what was counted in `length_s` seconds, for the result document."""
        self.settle()
        ok = self.outcomes[Outcome.OK]
        figures: TallyEntry = {
            "attempts": self.attempts,
            "ok": ok,
            "errors": self.errors,
            "unfinished": self.unfinished,
            "outcomes": {str(name): n for name, n in (+self.outcomes).items()},
            "connections_opened": self.connections_opened,
            "clients_starved": self.starved,
            "failed_s": round(self.failed_s, 4),
            "measured_s": round(length_s, 4),
            "requests_per_s": _rate(ok, length_s),
            "latency_mean_ms": _round(self.latency.mean_ms),
            "latency_p50_ms": _round(self.latency.percentile_ms(50)),
            "latency_p90_ms": _round(self.latency.percentile_ms(90)),
            "latency_p99_ms": _round(self.latency.percentile_ms(99)),
            "latency_max_ms": _round(self.latency.max_ms),
            "latency": self.latency.to_json(),
        }
        if is_open:
            delay, late = self.send_delay, self.begun_late
            figures["offered_per_s"] = _rate(self.attempts, length_s)
            figures["send_delay_p99_ms"] = _round(delay.percentile_ms(99))
            figures["send_delay_max_ms"] = _round(delay.max_ms)
            figures["begun_late_p99_ms"] = _round(late.percentile_ms(99))
        return figures


def _rate(number: int, length_s: float) -> float:
    return round(number / length_s, 1) if length_s > 0 else 0.0


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
