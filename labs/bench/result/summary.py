"""The `summary` of a result document: the few numbers that are asked for by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from labs.bench.contracts import loads
from labs.bench.verdicts import reading as verdict

if TYPE_CHECKING:
    from labs.bench.result.facts import Facts, Given

Document = Mapping[str, Any]
Numbers = dict[str, float | None]

_OF_THE_HEADLINE = (
    "attempts",
    "ok",
    "errors",
    "unfinished",
    "clients_starved",
    "measured_s",
    "requests_per_s",
    "latency_mean_ms",
    "latency_p50_ms",
    "latency_p90_ms",
    "latency_p99_ms",
    "latency_max_ms",
    "offered_per_s",
    "send_delay_p99_ms",
)


def of(
    document: Document, given: Given, facts: Facts, headline: Document | None
) -> Numbers:
    """Return the summary of a run; `headline` is the counted phase it speaks of."""
    series = document["series"]
    told = {
        "server_processes_max": _most(series, "server_processes"),
        "server_threads_max": _most(series, "server_threads"),
        "server_rss_max_bytes": _most(series, "server_rss_bytes"),
        "server_cpu_s": round(facts.server_cpu_s, 3),
        "load_cpu_s": round(facts.load_cpu_s, 3),
        "accept_queue_max": _most(series, "accept_queue"),
        "workers_busy_max": _most(series, "workers_busy"),
        "worker_slots": given.worker_slots,
    }
    offered = [phase.load for phase in given.plan.phases]
    if any(loads.is_loop(load) for load in offered):
        told |= _answers(headline, facts)
    if any(isinstance(load, loads.Held) for load in offered):
        told |= _held(document, facts)
    if given.plan.probe is not None:
        told |= _probes(document)
    return told


def _answers(headline: Document | None, facts: Facts) -> Numbers:
    """Return the figures of the headline; zeros where no phase came to count."""
    counted = headline["counted"] if headline else {}
    zero = ("attempts", "ok", "errors", "unfinished", "clients_starved")
    empty: Numbers = dict.fromkeys(_OF_THE_HEADLINE[:-2]) | dict.fromkeys(zero, 0)
    empty |= {"measured_s": 0.0, "requests_per_s": 0.0}
    lost = {"connections_lost": facts.totals.connections_lost}
    return empty | of_counted(counted) | lost


def of_counted(counted: Document) -> Numbers:
    """Return the figures of the phase that the summary speaks of."""
    return {name: counted[name] for name in _OF_THE_HEADLINE if name in counted}


def _held(document: Document, facts: Facts) -> Numbers:
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


def _bytes_each(document: Document, held: int) -> float | None:
    """Return by how much the server's memory grew for each connection held.

    From the last look before the attack to the most during it. PSS where it was read,
    since pages that processes share are counted in each of them by RSS.
    """
    attacks = [p for p in document["phases"] if p["name"] == verdict.ATTACK]
    if not held or not attacks or attacks[-1]["end_s"] is None:
        return None
    for name in ("server_pss_bytes", "server_rss_bytes"):
        column = document["series"].get(name, ())
        rows = list(zip(document["series"]["t_s"], column, strict=False))
        start_s, end_s = attacks[0]["start_s"], attacks[-1]["end_s"]
        before = [value for t_s, value in rows if t_s < start_s and value]
        during = [value for t_s, value in rows if start_s <= t_s <= end_s and value]
        if before and during:
            return round((max(during) - before[-1]) / held, 1)
    return None


def _probes(document: Document) -> Numbers:
    reading = verdict.ProbeReading(document)
    denied, denial = reading.denied_step, reading.denial
    return {
        "denied_at_connections": denied.connections if denied else None,
        "denied_from_s": denial.from_s if denial else None,
        "answered_again_s": denial.until_s if denial else None,
        "recovered_after_s": reading.recovered_after_s,
        "probe_ok_ratio_before": reading.ok_ratio(verdict.BEFORE),
        "probe_ok_ratio_during": reading.ok_ratio(verdict.ATTACK),
        "probe_ok_ratio_after": reading.ok_ratio(verdict.AFTER),
    }


def _most(series: Mapping[str, Sequence[float | None]], name: str) -> float | None:
    return max((v for v in series.get(name, ()) if v is not None), default=None)
