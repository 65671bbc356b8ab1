"""The checks that the instrument was there when something fell due.

A generator that is stopped, or has no processor, reads each request that falls due or
is answered meanwhile as slow. In `percent` of the time it does that to about as many
requests: from one in a hundred on, the published 99th percentile is its own.
"""

import itertools
from collections.abc import Sequence

from labs.bench.contracts.result_document import (
    CheckEntry,
    Columns,
    CountedPhase,
    LoadEntry,
    PhaseSpan,
    TallyEntry,
    tick_times,
)
from labs.bench.contracts.stored_events import StoredEvent
from labs.bench.trust.checks import check

AWAY_LIMIT_PERCENT = 1.0  # of a phase's time: what a 99th percentile does not show
AWAY_MS = 50.0  # shorter is not called away: one round of a busy loop
OPEN_LOOP_AWAY_MS = 20.0  # its latencies begin when a request was due
# Of a published percentile of an open loop no more than this may be the generator's.
GENERATOR_SHARE, GENERATOR_MS = 1 / 3, 5.0
# Of the longest wait that `once` allows, which is half as long again as the handler's
# own: half of that margin may be lost before a count can be another.
ONCE_AWAY_SHARE = 1 / 6

LATE_PROBES_LIMIT_PERCENT = 25.0  # of those due in a phase


def generator_present(series: Columns, phase: CountedPhase) -> CheckEntry | None:
    """The generator's loop was never late for so long that the percentiles tell of it.

    Of each tick the worst delay is known, and what lies beyond the limit is added up.
    """
    start_s, end_s = phase["start_s"], phase["end_s"]
    length_s = end_s - start_s
    limit_s = _away_ms(phase["load"], phase["counted"]) / 1000
    lags_s = _lags_s(series, start_s, start_s + length_s)
    if not lags_s:
        return None
    away_s = sum(max(0.0, lag_s - limit_s) for lag_s in lags_s)
    percent = min(100.0, 100 * away_s / length_s)
    return check(
        "generator_present",
        "The load generator was there all the time",
        percent <= AWAY_LIMIT_PERCENT,
        f"more than {1000 * limit_s:.3g} ms late in {percent:.1f} % of the time, "
        f"{1000 * max(lags_s):.0f} ms at the most",
        f"in at most {AWAY_LIMIT_PERCENT:.0f} %",
    )


def requests_begun_on_time(
    counted: TallyEntry, load: LoadEntry, series: Columns
) -> CheckEntry | None:
    """In an open loop, how late requests were begun is little of what they took."""
    late_ms, p99_ms = _begun_late_ms(counted, load, series), counted["latency_p99_ms"]
    if late_ms is None or p99_ms is None:
        return None
    limit_ms = _of_the_generator_ms(p99_ms)
    return check(
        "requests_begun_on_time",
        "Requests were begun when they were due",
        late_ms <= limit_ms,
        f"99 of 100 within {late_ms:.1f} ms, and answered within {p99_ms:.1f} ms",
        f"begun within {limit_ms:.1f} ms",
    )


def probes_on_time(
    events: Sequence[StoredEvent], phases: Sequence[PhaseSpan]
) -> CheckEntry | None:
    """In every phase the honest client was there to see most of its probes answered.

    Those it was too late for say so; those that are missing on its schedule were never
    sent.
    """
    probes = [e for e in events if e["type"] == "probe" and "client" not in e]
    dues_s = sorted({probe["t_s"] for probe in probes})
    if len(dues_s) < 2:
        return None
    interval_s = min(b - a for a, b in itertools.pairwise(dues_s))
    late_s = {probe["t_s"] for probe in probes if "late_ms" in probe}
    worst = 0.0
    for phase in phases:
        start_s, end_s = max(phase["start_s"], dues_s[0]), phase["end_s"]
        due_s = [t_s for t_s in dues_s if start_s <= t_s < end_s]
        wanted = max(len(due_s), int((end_s - start_s) / interval_s))
        if wanted:
            lost = wanted - len(due_s) + len(late_s.intersection(due_s))
            worst = max(worst, 100 * lost / wanted)
    return check(
        "probes_on_time",
        "The honest client was there when its probes were due",
        worst <= LATE_PROBES_LIMIT_PERCENT,
        f"too late for {worst:.0f} % of the probes of a phase",
        f"at most {LATE_PROBES_LIMIT_PERCENT:.0f} %",
    )


def _of_the_generator_ms(p99_ms: float | None) -> float:
    return max(GENERATOR_MS, GENERATOR_SHARE * (p99_ms or 0.0))


def _away_ms(load: LoadEntry, counted: TallyEntry) -> float:
    if load["type"] == "open_loop":
        return min(OPEN_LOOP_AWAY_MS, _of_the_generator_ms(counted["latency_p99_ms"]))
    if load.get("once"):
        return max(AWAY_MS, 1000 * load["timeout_s"] * ONCE_AWAY_SHARE)
    return AWAY_MS


def _lags_s(series: Columns, start_s: float, end_s: float) -> list[float]:
    """Return the worst delay of each tick that has a part in a phase, as far as it may
    lie in it: one that is late tells of the time before it."""
    times, lags_s, before_s = tick_times(series), [], 0.0
    for t_s, lag_ms in zip(times, series.get("load_lag_ms", ()), strict=False):
        lag_s = (lag_ms or 0.0) / 1000
        within_s = min(t_s, end_s) - max(min(before_s, t_s - lag_s), start_s)
        if lag_ms is not None and within_s > 0:
            lags_s.append(min(lag_s, within_s))
        before_s = t_s
    return lags_s


def _begun_late_ms(
    counted: TallyEntry, load: LoadEntry, series: Columns
) -> float | None:
    """Return the 99th percentile of how late requests were begun.

    Results from before that was noted have the send delay, which is the same unless a
    request had to connect, or to wait for a connection.
    """
    if "begun_late_p99_ms" in counted:
        return counted["begun_late_p99_ms"]
    in_flight: Sequence[float | None] = series.get("in_flight", ())
    most = max((n for n in in_flight if n is not None), default=None)
    if not load["keep_alive"] or most is None or most >= load["connections"]:
        return None
    return counted.get("send_delay_p99_ms")
