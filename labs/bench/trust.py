"""The checks by which a measurement judges itself (docs/methodology.md).

Each is computed from the stored numbers. One that does not hold makes the run
inconclusive: a number that cannot be trusted is not shown as a finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

SATURATED_PERCENT = 90.0  # of the generator's core
SERVER_AT_ITS_LIMIT_PERCENT = 90.0  # of the server's cores: then it is the limit
LAG_LIMIT_MS = 50.0
LATE_TICKS_LIMIT_PERCENT = 10.0
LITTLE_TOLERANCE = 0.1

Check = dict[str, Any]
Summary = Mapping[str, Any]
Series = Mapping[str, Sequence[float | None]]


def settle(checks: Iterable[Check | None]) -> dict[str, Any]:
    """Return `trust`: it holds when no check that applies fails."""
    applied = [check for check in checks if check is not None]
    return {"holds": all(c["holds"] for c in applied), "checks": applied}


def attempts_add_up(summary: Summary) -> Check | None:
    """Every request tried is ok, failed or unfinished: none is lost."""
    if "attempts" not in summary:
        return None
    counted = summary["ok"] + summary["errors"] + summary["unfinished"]
    return _check(
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
    return _check(
        "percentiles_rise",
        "Latency percentiles rise up to the maximum",
        values == sorted(values),
        ", ".join(f"{value:g} ms" for value in values),
        "each at least the one before",
    )


def littles_law(
    summary: Summary, connections: int, latency_mean_ms: float | None
) -> Check | None:
    """L = lambda * W (J. Little, 1961) for clients that never pause.

    Clients that got no answer, or whose requests failed, spent their time elsewhere
    than in an answered request: up to that many may be missing from L, none be over.
    """
    if latency_mean_ms is None or not summary.get("ok"):
        return None
    busy = summary["requests_per_s"] * latency_mean_ms / 1000
    elsewhere = ("clients_starved", "errors", "unfinished")
    missing = min(connections, sum(summary[name] for name in elsewhere))
    low = (connections - missing) * (1 - LITTLE_TOLERANCE)
    high = connections * (1 + LITTLE_TOLERANCE)
    return _check(
        "littles_law",
        "Throughput times mean latency is the number of clients (Little's law)",
        low <= busy <= high,
        f"{busy:.1f} clients",
        f"{low:.1f} to {high:.1f}",
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
    return _check(
        "generator_not_saturated",
        "The load generator was not the limit",
        used < SATURATED_PERCENT or server_share >= SERVER_AT_ITS_LIMIT_PERCENT,
        f"{used:.0f} % of its core, the server {server_share:.0f} % of its own",
        f"below {SATURATED_PERCENT:.0f} %, or a server at its limit",
    )


def generator_on_time(series: Series) -> Check | None:
    """What fell due was done about when it fell due."""
    lags = _known(series.get("load_lag_ms", ()))
    if not lags:
        return None
    typical = sorted(lags)[len(lags) // 2]
    return _check(
        "generator_on_time",
        "The load generator was on time",
        typical <= LAG_LIMIT_MS,
        f"{typical:.1f} ms late in a typical tick",
        f"at most {LAG_LIMIT_MS:.0f} ms",
    )


def ticks_on_time(late: int, ticks: int) -> Check | None:
    """The five looks a second at the server came when they were due."""
    if not ticks:
        return None
    percent = 100 * late / ticks
    return _check(
        "ticks_on_time",
        "Observations were made on time",
        percent <= LATE_TICKS_LIMIT_PERCENT,
        f"{percent:.0f} % late by half a tick or more",
        f"at most {LATE_TICKS_LIMIT_PERCENT:.0f} %",
    )


def _check(
    slug: str, statement: str, holds: bool, measured: str, expected: str
) -> Check:
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
