"""How service and clients recovered once something had been done to the server.

Shared by the judges of a crash and of a graceful restart. Pure: reads a result document
of one closed loop before and after. Times are seconds after the action.
"""

from collections.abc import Sequence
from functools import cached_property

from labs.bench.contracts.events import TICK_S
from labs.bench.contracts.outcomes import Outcome
from labs.bench.contracts.scenario import PhaseName
from labs.bench.verdicts.before_after import BeforeAfter
from labs.bench.verdicts.doubts import doubt_in
from labs.bench.verdicts.reading import Probe, ProbeReading, latency_median_ms

NEARLY = 0.9  # of what was answered before: service is full again
HALF = 0.5  # of it: less is no service
BEFORE_OK = 0.9  # of the probes before, or they say nothing afterwards
WINDOW = 5  # ticks, one second: what is measured in one alone may be noise
LAST_PROBES = 10
_LATE_TIMES, _LATE_MS = 5, 100


class Recovery(BeforeAfter):
    """What was answered, and whom it cost what, before and after an action."""

    def nothing_to_compare(self) -> str:
        """Return why the data cannot carry a verdict; empty if they can."""
        if doubtful := doubt_in(self.named(PhaseName.BEFORE)):
            return doubtful
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
        rates = [rate for _, rate in self.ticks("requests_per_s", PhaseName.BEFORE)]
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
            # A tick is of the time before it.
            start_s, end_s = window[0][0] - TICK_S, window[-1][0]
            if not any(start_s <= p.due_s < end_s for p in self.failed_probes):
                return round(max(0.0, start_s - self.at_s), 1) if at else 0.0
        return None

    @property
    def is_denied(self) -> bool:
        """Whether at the end less than half of what was answered before was."""
        last = self.probes[-LAST_PROBES:]
        failed = sum(not probe.ok for probe in last)
        # Without a probe the rate alone decides.
        return self.share_at_end < HALF or failed * 2 > max(1, len(last))

    # -- the honest client -----------------------------------------------------------

    @cached_property
    def probes(self) -> tuple[Probe, ...]:
        """Those due afterwards; none where they were not answered before either, as
        where the clients hold every worker."""
        reading = ProbeReading(self.result)
        if (reading.ok_ratio(PhaseName.BEFORE) or 0.0) < BEFORE_OK:
            return ()
        return reading.during(PhaseName.AFTER)

    @property
    def failed_probes(self) -> list[Probe]:
        """Those of them that were not answered."""
        return [probe for probe in self.probes if not probe.ok]

    @property
    def late_probes(self) -> list[Probe]:
        """Those answered after five times as long as usual, and 100 ms."""
        usual = latency_median_ms(ProbeReading(self.result).during(PhaseName.BEFORE))
        limit_ms = max(_LATE_MS, _LATE_TIMES * (usual or 0.0))
        return [p for p in self.probes if p.ok and (p.latency_ms or 0.0) > limit_ms]

    # -- the clients -----------------------------------------------------------------

    @property
    def lost(self) -> int:
        """Connections that the server ended without having announced it."""
        return self.rise("connections_lost")

    @property
    def idle_closed(self) -> int:
        """Those of the lost on which nothing was asked just then."""
        return self.rise("connections_idle_closed")

    @property
    def announced(self) -> int:
        """Connections that ended after an answer which said so."""
        return self.rise("connections_announced")

    @property
    def always_announces(self) -> bool:
        """Whether the server closes connections after an answer at all times."""
        return bool(self.last("connections_announced", self.at_s))

    @property
    def requests_lost(self) -> int:
        """Requests that were on their way and got no answer, or a wrong one."""
        return self.outcomes(Outcome.RESET, Outcome.HTTP_ERROR)

    @property
    def refused(self) -> int:
        """Requests for which there was nobody to connect to."""
        return self.outcomes(Outcome.REFUSED, Outcome.CONNECT_TIMEOUT)

    @property
    def unanswered(self) -> int:
        """Requests whose answer did not come in time, or in the run."""
        unfinished = sum(counted["unfinished"] for counted in self.counted())
        return self.outcomes(Outcome.READ_TIMEOUT) + unfinished

    @property
    def slowest_ms(self) -> float | None:
        """The longest answer, of requests that began afterwards or shortly before."""
        slowest = [c["latency_max_ms"] for c in self.counted() if c["latency_max_ms"]]
        return max(slowest, default=None)

    @cached_property
    def _rates(self) -> list[tuple[float, float]]:
        return self.ticks("requests_per_s", PhaseName.AFTER)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
