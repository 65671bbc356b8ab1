"""Computes the `summary` of a result document (`contracts/summary.py` declares it)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from labs.bench.contracts import loads
from labs.bench.contracts.result_document import (
    Columns,
    CountedEntry,
    CountedPhase,
    ResultDocument,
    tick_times,
)
from labs.bench.contracts.scenario import PhaseName
from labs.bench.contracts.summary import Given, Summary, figures_given
from labs.bench.verdicts.reading import ProbeReading

if TYPE_CHECKING:  # `facts` imports the generator, which a summary made anew can spare
    from labs.bench.result.facts import Facts, RunSetup

# Figures that are taken as they are from the phase that the summary is of.
_OF_THE_HEADLINE = figures_given(Given.LOOP, Given.OPEN_LOOP)


def of(
    document: ResultDocument,
    setup: RunSetup,
    facts: Facts,
    headline: CountedPhase | None,
) -> Summary:
    """Return the summary of a run; `headline` is the counted phase it is of."""
    found = _server(document["series"], setup, facts)
    offered = [phase.load for phase in setup.plan.phases]
    if any(loads.is_loop(load) for load in offered):
        found.update(_requests(headline, facts))
    if any(isinstance(load, loads.Held) for load in offered):
        found.update(_held(document, facts))
    if setup.plan.probe is not None:
        found.update(_probes(document))
    return found


def _server(series: Columns, setup: RunSetup, facts: Facts) -> Summary:
    return {
        "server_processes_max": _max(series, "server_processes"),
        "server_threads_max": _max(series, "server_threads"),
        "server_rss_max_bytes": _max(series, "server_rss_bytes"),
        "server_cpu_s": round(facts.server_cpu_s, 3),
        "load_cpu_s": round(facts.load_cpu_s, 3),
        "accept_queue_max": _max(series, "accept_queue"),
        "workers_busy_max": _max(series, "workers_busy"),
        "worker_slots": setup.worker_slots,
    }


def _requests(headline: CountedPhase | None, facts: Facts) -> Summary:
    """Return the figures of the headline; zeros where no phase came to count."""
    found: Summary = {
        "attempts": 0,
        "ok": 0,
        "errors": 0,
        "unfinished": 0,
        "clients_starved": 0,
        "measured_s": 0.0,
        "requests_per_s": 0.0,
        "latency_mean_ms": None,
        "latency_p50_ms": None,
        "latency_p90_ms": None,
        "latency_p99_ms": None,
        "latency_max_ms": None,
    }
    if headline:
        found.update(of_counted(headline["counted"]))
    found["connections_lost"] = facts.totals.connections_lost
    return found


def of_counted(counted: CountedEntry) -> Summary:
    """Return the figures of the phase that the summary is of."""
    by_name = cast(dict[str, float | None], counted)
    found = {name: by_name[name] for name in _OF_THE_HEADLINE if name in by_name}
    return cast(Summary, found)


def _held(document: ResultDocument, facts: Facts) -> Summary:
    totals = facts.totals
    return {
        "connections_opened": totals.slow_opened,
        "connections_held_max": totals.slow_held_max,
        "slow_opened": totals.slow_opened,
        "slow_refused": totals.slow_refused,
        "slow_closed": totals.slow_closed,
        "slow_held_max": totals.slow_held_max,
        "bytes_per_connection": _bytes_each(document, totals.slow_held_max),
    }


def _bytes_each(document: ResultDocument, held: int) -> float | None:
    """Return by how much the server's memory grew for each connection held.

    From the last value before the attack to the highest during it. PSS where it was
    read, since pages that processes share are counted in each of them by RSS.
    """
    attacks = [p for p in document["phases"] if p["name"] == PhaseName.ATTACK]
    if not held or not attacks:
        return None
    start_s, end_s = attacks[0]["start_s"], attacks[-1]["end_s"]
    series = document["series"]
    for name in ("server_pss_bytes", "server_rss_bytes"):
        rows = list(zip(tick_times(series), series.get(name, ()), strict=False))
        before = [value for t_s, value in rows if t_s < start_s and value]
        during = [value for t_s, value in rows if start_s <= t_s <= end_s and value]
        if before and during:
            return round((max(during) - before[-1]) / held, 1)
    return None


def _probes(document: ResultDocument) -> Summary:
    reading = ProbeReading(document)
    denied, denial = reading.denied_step, reading.denial
    return {
        "denied_at_connections": denied.connections if denied else None,
        "denied_from_s": denial.from_s if denial else None,
        "answered_again_s": denial.until_s if denial else None,
        "recovered_after_s": reading.recovered_after_s,
        "probe_ok_ratio_before": reading.ok_ratio(PhaseName.BEFORE),
        "probe_ok_ratio_during": reading.ok_ratio(PhaseName.ATTACK),
        "probe_ok_ratio_after": reading.ok_ratio(PhaseName.AFTER),
    }


def _max(series: Columns, name: str) -> int | None:
    """Return the highest value of a column of counts; None if it has none."""
    known = (value for value in series.get(name, ()) if value is not None)
    return cast(int | None, max(known, default=None))
