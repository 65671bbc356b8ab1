"""The checks by which a measurement judges itself (docs/methodology.md).

Each is computed from the stored numbers. One that does not hold makes the run
inconclusive: a number that cannot be trusted is not shown as a finding.
"""

import math
from collections.abc import Iterable, Sequence

from labs.bench.contracts.events import TICK_S
from labs.bench.contracts.loads import POISSON
from labs.bench.contracts.outcomes import Outcome
from labs.bench.contracts.result_document import (
    CheckEntry,
    Columns,
    LoadEntry,
    TallyEntry,
    TrustEntry,
)

SATURATED_PERCENT = 90.0  # of the generator's core
SERVER_AT_ITS_LIMIT_PERCENT = 90.0  # of the server's cores: then it is the limit
LAG_LIMIT_MS = 50.0
OPEN_LOOP_LAG_LIMIT_MS = 20.0  # its latencies begin when a request was due
OFFERED_TOLERANCE = 0.01
LATE_TICKS_LIMIT_PERCENT = 10.0
LITTLE_TOLERANCE = 0.1
# How long a closed loop's client pauses after a failure (generator/closed_loop.py).
_PAUSE_S = 0.05
_ROUNDED = 0.005  # of a tick: times are written to the millisecond

SATURATED = "generator_not_saturated"


def settle(checks: Iterable[CheckEntry | None]) -> TrustEntry:
    """Return `trust`: it holds when no check that applies fails."""
    applied = [check for check in checks if check is not None]
    return {"holds": all(c["holds"] for c in applied), "checks": applied}


def attempts_add_up(counted: TallyEntry) -> CheckEntry:
    """Every request tried is ok, failed or unfinished: none is lost."""
    found = counted["ok"] + counted["errors"] + counted["unfinished"]
    return check(
        "attempts_add_up",
        "Every request tried is answered, failed or unfinished",
        found == counted["attempts"],
        f"{found:,} accounted for",
        f"{counted['attempts']:,} tried",
    )


def percentiles_rise(counted: TallyEntry) -> CheckEntry | None:
    """A higher percentile is never a lower latency, and none is above the maximum."""
    percentiles = (
        counted.get("latency_p50_ms"),
        counted.get("latency_p90_ms"),
        counted.get("latency_p99_ms"),
        counted.get("latency_max_ms"),
    )
    values = known(percentiles)
    if not values:
        return None
    return check(
        "percentiles_rise",
        "Latency percentiles rise up to the maximum",
        values == sorted(values),
        ", ".join(f"{value:g} ms" for value in values),
        "each at least the one before",
    )


def mean_below_p99(counted: TallyEntry) -> CheckEntry | None:
    """A mean above the 99th percentile would need outliers that nobody can compare.

    A hundredth of the answers then takes more time than all others together.
    """
    mean_ms, p99_ms = counted.get("latency_mean_ms"), counted.get("latency_p99_ms")
    if mean_ms is None or p99_ms is None:
        return None
    # The histogram gives a percentile up to 1/2048 below what was recorded.
    return check(
        "mean_below_p99",
        "The mean latency is at most the 99th percentile",
        mean_ms <= p99_ms * 1.001 + 0.001,
        f"{mean_ms:g} ms",
        f"at most {p99_ms:g} ms",
    )


def clock_runs_forward(times_s: Sequence[float]) -> CheckEntry | None:
    """Each tick was made after the one before it."""
    if len(times_s) < 2:
        return None
    least_s = min(b - a for a, b in zip(times_s, times_s[1:], strict=False))
    return check(
        "clock_runs_forward",
        "The clock runs forward",
        least_s > 0,
        f"{least_s:g} s between two ticks at the least",
        "above 0 s",
    )


def littles_law(counted: TallyEntry, load: LoadEntry) -> CheckEntry | None:
    """L = lambda * W (J. Little, 1961) for a closed loop: answers, failures and pauses
    take all of the clients' time.

    Clients that got no answer at all, and requests that had none in the end, may be
    missing from L by one each; none may be over.
    """
    mean_ms = counted.get("latency_mean_ms")
    if mean_ms is None or not counted.get("ok"):
        return None
    at_once = load["connections"] * load.get("pipeline", 1)
    pause_s = load.get("think_s", 0.0)
    answered = counted["requests_per_s"] * (mean_ms / 1000 + pause_s)
    failing = _failing(counted, load)
    missing = min(at_once, counted["clients_starved"] + counted["unfinished"])
    low = (at_once - missing) * (1 - LITTLE_TOLERANCE)
    high = at_once * (1 + LITTLE_TOLERANCE)
    return check(
        "littles_law",
        "Throughput times mean latency is the number of clients (Little's law)",
        low <= answered + failing and answered <= high,
        f"{answered:.1f} clients" + (f", {failing:.1f} failing" if failing else ""),
        f"{low:.1f} to {high:.1f}",
    )


def _failing(counted: TallyEntry, load: LoadEntry) -> float:
    """Return how many clients at a time may have been busy with requests that failed;
    more than there were where one began in the phase and failed long after it.

    Results from before that was noted tell only how many failed. A timeout then took
    its limit, any other failure at most what the slowest answer did, and a pause.
    """
    length_s = counted["measured_s"]
    if not counted["errors"] or length_s <= 0:
        return 0.0
    if "failed_s" in counted:
        return counted["failed_s"] / length_s
    limit_s = max(load["timeout_s"], load.get("connect_timeout_s", 0.0))
    outcomes = counted["outcomes"]
    in_time = sum(
        outcomes.get(each, 0)
        for each in (Outcome.READ_TIMEOUT, Outcome.CONNECT_TIMEOUT)
    )
    other_s = (counted["latency_max_ms"] or 0.0) / 1000 + _PAUSE_S
    return (in_time * limit_s + (counted["errors"] - in_time) * other_s) / length_s


def offered_as_planned(counted: TallyEntry, load: LoadEntry) -> CheckEntry | None:
    """As many requests fell due as the rate says; of independent ones (Poisson) give or
    take four standard deviations.

    One that could not be offered in time because the generator was late is missing.
    """
    length_s = counted["measured_s"]
    to_per_s = load["to_rate_per_s"]
    last_per_s = load["rate_per_s"] if to_per_s is None else to_per_s
    planned = (load["rate_per_s"] + last_per_s) / 2 * length_s
    if planned <= 0:
        return None
    by_chance = 4 * math.sqrt(planned) if load["arrivals"] == POISSON else 0.0
    slack = OFFERED_TOLERANCE * planned + by_chance + 1
    return check(
        "offered_as_planned",
        "As many requests were offered as planned",
        abs(counted["attempts"] - planned) <= slack,
        f"{counted['attempts']:,} offered",
        f"{planned:,.0f}, give or take {slack:,.0f}",
    )


def generator_not_saturated(series: Columns, cores: int) -> CheckEntry | None:
    """The generator was not what limited the rate.

    Time in which it was ready and something else had its core counts as used. One that
    uses up its core is still not the limit while the server uses up its own `cores`.
    """
    load = known(series.get("load_cpu_percent", ()))
    if not load:
        return None
    waited = known(series.get("load_wait_percent", ()))
    used = mean(load) + mean(waited)
    server = known(series.get("server_cpu_percent", ()))
    server_share = mean(server) / max(1, cores)
    return check(
        SATURATED,
        "The load generator was not the limit",
        used < SATURATED_PERCENT or server_share >= SERVER_AT_ITS_LIMIT_PERCENT,
        f"{used:.0f} % of its core, the server {server_share:.0f} % of its own",
        f"below {SATURATED_PERCENT:.0f} %, or a server at its limit",
    )


def generator_on_time(
    series: Columns, limit_ms: float = LAG_LIMIT_MS
) -> CheckEntry | None:
    """What fell due was done about when it fell due."""
    lags = known(series.get("load_lag_ms", ()))
    if not lags:
        return None
    typical = sorted(lags)[len(lags) // 2]
    return check(
        "generator_on_time",
        "The load generator was on time",
        typical <= limit_ms,
        f"{typical:.1f} ms late in a typical tick",
        f"at most {limit_ms:.0f} ms",
    )


def ticks_on_time(times_s: Sequence[float]) -> CheckEntry | None:
    """The five observations a second of the server came when they were due.

    One that was left out because the one before took too long has not come.
    """
    due = int(max(times_s, default=0.0) / TICK_S + _ROUNDED)
    if not due:
        return None
    in_time = {
        number
        for t_s in times_s
        if t_s - (number := int(t_s / TICK_S + _ROUNDED)) * TICK_S <= TICK_S / 2
    }
    percent = 100 * (due - len(in_time - {0})) / due
    return check(
        "ticks_on_time",
        "Observations were made on time",
        percent <= LATE_TICKS_LIMIT_PERCENT,
        f"{percent:.0f} % late by half a tick or more, or left out",
        f"at most {LATE_TICKS_LIMIT_PERCENT:.0f} %",
    )


def check(
    slug: str, statement: str, holds: bool, measured: str, expected: str
) -> CheckEntry:
    """Make a check as the result document has it."""
    return {
        "slug": slug,
        "statement": statement,
        "holds": bool(holds),
        "measured": measured,
        "expected": expected,
    }


def mean(values: Sequence[float]) -> float:
    """Return the mean; 0 of nothing."""
    return sum(values) / len(values) if values else 0.0


def known(values: Iterable[float | None]) -> list[float]:
    """Return the values that there are, in their order."""
    return [value for value in values if value is not None]
