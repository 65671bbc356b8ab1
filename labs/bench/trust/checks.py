"""The checks by which a measurement judges itself (docs/methodology.md).

Each is computed from the stored numbers. One that does not hold makes the run
inconclusive: a number that cannot be trusted is not shown as a finding.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labs.bench.contracts.events import TICK_S
from labs.bench.contracts.loads import POISSON

SATURATED_PERCENT = 90.0  # of the generator's core
SERVER_AT_ITS_LIMIT_PERCENT = 90.0  # of the server's cores: then it is the limit
USED_UP_PERCENT = 90.0  # of a core
WANTED_PERCENT = 25.0  # of it: who uses less is not short of it
WAITED_PERCENT = 10.0  # of the time, by all threads together
OTHERS_LIMIT_PERCENT = 20.0  # of it: kernel work for the run itself is among them
LAG_LIMIT_MS = 50.0
OPEN_LOOP_LAG_LIMIT_MS = 20.0  # its latencies begin when a request was due
OFFERED_TOLERANCE = 0.01
LATE_TICKS_LIMIT_PERCENT = 10.0
LITTLE_TOLERANCE = 0.1
_PAUSE_S = 0.05  # of a closed loop's client after a failure (bench/closed_loop.py)
_ROUNDED = 0.005  # of a tick: times are written to the millisecond

SATURATED = "generator_not_saturated"

Check = dict[str, Any]
Summary = Mapping[str, Any]
Series = Mapping[str, Sequence[float | None]]


@dataclass(frozen=True)
class Want:
    """When a phase is held to want its cores, and what others may have of them."""

    always: bool = False
    cores: tuple[str, ...] = ("server", "load")
    waited_percent: float = WAITED_PERCENT
    others_percent: float = OTHERS_LIMIT_PERCENT

    def wants(self, own_percent: float, waited_percent: float) -> bool:
        """Whether who used and waited so much of the time was in need of its core."""
        used = own_percent >= WANTED_PERCENT
        return self.always or used or waited_percent >= self.waited_percent


def settle(checks: Iterable[Check | None]) -> dict[str, Any]:
    """Return `trust`: it holds when no check that applies fails."""
    applied = [check for check in checks if check is not None]
    return {"holds": all(c["holds"] for c in applied), "checks": applied}


def attempts_add_up(summary: Summary) -> Check | None:
    """Every request tried is ok, failed or unfinished: none is lost."""
    if "attempts" not in summary:
        return None
    counted = summary["ok"] + summary["errors"] + summary["unfinished"]
    return check(
        "attempts_add_up",
        "Every request tried is answered, failed or unfinished",
        counted == summary["attempts"],
        f"{counted:,} accounted for",
        f"{summary['attempts']:,} tried",
    )


def percentiles_rise(summary: Summary) -> Check | None:
    """A higher percentile is never a lower latency, and none is above the maximum."""
    names = ("latency_p50_ms", "latency_p90_ms", "latency_p99_ms", "latency_max_ms")
    values = [summary[name] for name in names if summary.get(name) is not None]
    if not values:
        return None
    return check(
        "percentiles_rise",
        "Latency percentiles rise up to the maximum",
        values == sorted(values),
        ", ".join(f"{value:g} ms" for value in values),
        "each at least the one before",
    )


def mean_below_p99(summary: Summary) -> Check | None:
    """A mean above the 99th percentile would need outliers that nobody can compare.

    A hundredth of the answers then takes more time than all others together.
    """
    mean_ms, p99_ms = summary.get("latency_mean_ms"), summary.get("latency_p99_ms")
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


def clock_runs_forward(times_s: Sequence[float]) -> Check | None:
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


def littles_law(counted: Summary, load: Mapping[str, Any]) -> Check | None:
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


def _failing(counted: Summary, load: Mapping[str, Any]) -> float:
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
    in_time = outcomes.get("read_timeout", 0) + outcomes.get("connect_timeout", 0)
    other_s = counted["latency_max_ms"] / 1000 + _PAUSE_S
    return (in_time * limit_s + (counted["errors"] - in_time) * other_s) / length_s


def offered_as_planned(counted: Summary, load: Mapping[str, Any]) -> Check | None:
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


def generator_not_saturated(series: Series, cores: int) -> Check | None:
    """The generator was not what limited the rate.

    Time in which it was ready and something else had its core counts as used. One that
    uses up its core is still not the limit while the server uses up its own `cores`.
    """
    load = _known(series.get("load_cpu_percent", ()))
    if not load:
        return None
    waited = _known(series.get("load_wait_percent", ()))
    used = _mean(load) + _mean(waited)
    server = _known(series.get("server_cpu_percent", ()))
    server_share = _mean(server) / max(1, cores)
    return check(
        SATURATED,
        "The load generator was not the limit",
        used < SATURATED_PERCENT or server_share >= SERVER_AT_ITS_LIMIT_PERCENT,
        f"{used:.0f} % of its core, the server {server_share:.0f} % of its own",
        f"below {SATURATED_PERCENT:.0f} %, or a server at its limit",
    )


def cores_not_contended(
    series: Series, cores: int, *, shared: bool, want: Want = Want()
) -> Check | None:
    """Nothing else took processor time that the server or the generator wanted.

    What others used matters only in ticks in which a core was used up, and, unless it
    is wanted at all times, where the run itself used a good part of it or was seen to
    wait for it: a server that mostly sleeps mostly gets what it needs. `cores` are the
    server's; `shared`: the generator's are the same.
    """
    server = series.get("server_cpu_percent", ())
    load = series.get("load_cpu_percent", ())
    worst = 0.0
    for name, number, one, other in (
        ("server", cores, server, load),
        ("load", 1, load, server),
    ):
        busy = series.get(f"{name}_cores_busy_percent", ())
        if not _known(busy):
            return None
        own = [
            (a or 0.0) + (b or 0.0) * shared for a, b in zip(one, other, strict=False)
        ]
        waited = _mean(_known(series.get(f"{name}_wait_percent", ())))
        if name in want.cores and want.wants(_mean(own) / number, waited):
            worst = max(worst, _taken(busy, own, number))
    return check(
        "cores_not_contended",
        "Nothing else wanted the processors",
        worst <= want.others_percent,
        f"others took {worst:.0f} % of a core that was used up",
        f"at most {want.others_percent:.0f} %",
    )


def _taken(busy: Sequence[float | None], own: Sequence[float], number: int) -> float:
    """Return the share of a core, in percent of all the time, that others took in the
    ticks in which it was used up."""
    rows = [
        (percent / number, of_run / number)
        for percent, of_run in zip(busy, own, strict=False)
        if percent is not None
    ]
    return _mean([max(0.0, b - o) if b >= USED_UP_PERCENT else 0.0 for b, o in rows])


def generator_on_time(series: Series, limit_ms: float = LAG_LIMIT_MS) -> Check | None:
    """What fell due was done about when it fell due."""
    lags = _known(series.get("load_lag_ms", ()))
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


def ticks_on_time(times_s: Sequence[float]) -> Check | None:
    """The five looks a second at the server came when they were due.

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
) -> Check:
    """Make a check as the result document has it."""
    return {
        "slug": slug,
        "statement": statement,
        "holds": bool(holds),
        "measured": measured,
        "expected": expected,
    }


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]
