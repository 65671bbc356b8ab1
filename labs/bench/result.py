"""Gathers what a run leaves and assembles the result document.

Its shape is docs/result.schema.json. Validates nothing away: what was measured is in
it, whether or not it looks right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from labs.bench import bounds, trust, verdict
from labs.bench.events import Event, Status
from labs.bench.phases import Stretch
from labs.bench.scenario import ClosedLoop, Judgement, Plan, SlowHeads

SCHEMA = "concsite-result/1"


@dataclass
class Facts:
    """What the parts of a run counted, handed over at its end.

    `totals` is the engine's (attempts, outcomes, unfinished, latency, slow_...).
    """

    totals: Any
    duration_s: float
    measured_s: float
    starved: int  # closed-loop clients without an answer while it was measured
    server_cpu_s: float
    load_cpu_s: float
    ticks_late: int
    environment: dict[str, Any]
    stretches: Sequence[Stretch]


@dataclass(frozen=True)
class Given:
    """What was run: the parts of the document that are known before it begins."""

    server: dict[str, Any]
    scenario: dict[str, Any]
    seed: int
    plan: Plan
    configuration: dict[str, str]
    worker_slots: int | None

    @classmethod
    def of(cls, resolved: Any, version: str, configuration: dict[str, str]) -> Given:
        """Describe a resolved spec."""
        driver, scenario = resolved.driver, resolved.scenario
        return cls(
            server={
                "slug": driver.slug,
                "name": driver.name,
                "version": version,
                "concurrency_model": driver.concurrency_model,
                "worker_noun": driver.worker_noun,
                "knobs": bounds.as_dict(resolved.knobs),
            },
            scenario={
                "slug": scenario.slug,
                "params": bounds.as_dict(resolved.params),
            },
            seed=resolved.spec.seed,
            plan=scenario.plan(resolved.params),
            configuration=configuration,
            worker_slots=driver.worker_slots(resolved.knobs),
        )


@dataclass
class Record:
    """Grows event by event while the run goes on."""

    given: Given
    started_at: str = field(
        default_factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds")
    )
    events: list[Event] = field(default_factory=list)
    series: dict[str, list[float | None]] = field(default_factory=lambda: {"t_s": []})

    def add(self, event: Event) -> None:
        """Take an event that is about to be shown."""
        if event["type"] == "tick":
            self._add_tick(event)
        else:
            self.events.append(event)

    def add_probes(self, rows: Sequence[Sequence[Any]]) -> None:
        """Take probes: [due_s, outcome, latency_ms or None]."""
        for due_s, outcome, latency_ms in rows:
            self.events.append(
                {
                    "type": "probe",
                    "t_s": due_s,
                    "outcome": outcome,
                    "latency_ms": latency_ms,
                }
            )

    def add_command(self, t_s: float, command: str) -> None:
        """Take a command that came from upstream."""
        self.events.append(
            {"type": "command", "t_s": round(t_s, 4), "command": command}
        )

    def _add_tick(self, event: Event) -> None:
        times = self.series["t_s"]
        for name in self.series.keys() | event["values"].keys():
            if name != "t_s":
                column = self.series.setdefault(name, [None] * len(times))
                column.append(event["values"].get(name))
        times.append(event["t_s"])

    def document(
        self, status: Status, reason: str, message: str, facts: Facts
    ) -> dict[str, Any]:
        """Assemble the document, without a verdict."""
        given = self.given
        document = {
            "schema": SCHEMA,
            "status": str(status),
            "reason": reason,
            "message": message,
            "server": given.server,
            "scenario": given.scenario,
            "seed": given.seed,
            "environment": facts.environment,
            "started_at": self.started_at,
            "duration_s": round(facts.duration_s, 4),
            "configuration": given.configuration,
            "phases": [stretch.as_json() for stretch in facts.stretches],
            "verdict": None,
            "sentence": "",
            "findings": [],
            "series": self.series,
            "events": sorted(self.events, key=lambda event: event["t_s"]),
        }
        document["summary"] = _summary(given, document, facts)
        document["trust"] = _trust(given, document, facts)
        return document


def with_judgement(document: Mapping[str, Any], judgement: Judgement) -> dict[str, Any]:
    """Return the document with its verdict, sentence and findings."""
    findings = [
        {
            "slug": finding.slug,
            "statement": finding.statement,
            "holds": finding.holds,
            "measured": finding.measured,
            "expected": finding.expected,
            "unit": finding.unit,
        }
        for finding in judgement.findings
    ]
    return dict(document) | {
        "verdict": str(judgement.verdict),
        "sentence": judgement.sentence,
        "findings": findings,
    }


def _summary(
    given: Given, document: Mapping[str, Any], facts: Facts
) -> dict[str, float | None]:
    series = document["series"]
    summary = {
        "server_processes_max": _most(series, "server_processes"),
        "server_threads_max": _most(series, "server_threads"),
        "server_rss_max_bytes": _most(series, "server_rss_bytes"),
        "server_cpu_s": round(facts.server_cpu_s, 3),
        "load_cpu_s": round(facts.load_cpu_s, 3),
        "accept_queue_max": _most(series, "accept_queue"),
        "workers_busy_max": _most(series, "workers_busy"),
        "worker_slots": given.worker_slots,
    }
    loads = [type(phase.load) for phase in given.plan.phases]
    if ClosedLoop in loads:
        summary |= _answers(facts)
    if SlowHeads in loads:
        summary |= _slow(document, facts)
    if given.plan.probe is not None:
        summary |= _probes(document)
    return summary


def _answers(facts: Facts) -> dict[str, float | None]:
    totals = facts.totals
    ok = totals.outcomes.get("ok", 0)
    latency = totals.latency
    return {
        "attempts": totals.attempts,
        "ok": ok,
        "errors": sum(totals.outcomes.values()) - ok,
        "unfinished": totals.unfinished,
        "clients_starved": facts.starved,
        "measured_s": round(facts.measured_s, 4),
        "requests_per_s": _rate(ok, facts.measured_s),
        "latency_mean_ms": _round(latency.mean_ms),
        "latency_p50_ms": _round(latency.percentile_ms(50)),
        "latency_p90_ms": _round(latency.percentile_ms(90)),
        "latency_p99_ms": _round(latency.percentile_ms(99)),
        "latency_max_ms": _round(latency.max_ms),
    }


def _slow(document: Mapping[str, Any], facts: Facts) -> dict[str, float | None]:
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


def _bytes_each(document: Mapping[str, Any], held: int) -> float | None:
    """Return by how much the server's memory grew for each connection held.

    From the last look before the attack to the most during it. Pages that processes
    share are counted in each of them, as RSS does.
    """
    attacks = [p for p in document["phases"] if p["name"] == verdict.ATTACK]
    if not held or not attacks:
        return None
    series = document["series"]
    rows = list(zip(series["t_s"], series.get("server_rss_bytes", ()), strict=False))
    start_s, end_s = attacks[0]["start_s"], attacks[-1]["end_s"]
    before = [rss for t_s, rss in rows if t_s < start_s and rss]
    during = [rss for t_s, rss in rows if start_s <= t_s <= end_s and rss]
    if not before or not during:
        return None
    return round((max(during) - before[-1]) / held, 1)


def _probes(document: Mapping[str, Any]) -> dict[str, float | None]:
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


def _trust(given: Given, document: Mapping[str, Any], facts: Facts) -> dict[str, Any]:
    summary = document["summary"]
    measuring = _measuring(document)
    closed = [p.load for p in given.plan.phases if isinstance(p.load, ClosedLoop)]
    cores = len(document["environment"]["pinned"]["server"])
    checks = [
        trust.attempts_add_up(summary),
        trust.percentiles_rise(summary),
        trust.generator_not_saturated(measuring, cores),
        trust.ticks_on_time(facts.ticks_late, len(document["series"]["t_s"])),
    ]
    if closed:
        checks.append(
            trust.littles_law(
                summary, closed[-1].connections, summary["latency_mean_ms"]
            )
        )
    else:
        # In a closed loop that is busy, lag is only how long one round of it takes.
        checks.append(trust.generator_on_time(measuring))
    return trust.settle(checks)


def _measuring(document: Mapping[str, Any]) -> dict[str, list[float | None]]:
    """Return the series restricted to ticks that lie wholly in a measuring phase."""
    spans = [
        (p["start_s"], p["end_s"])
        for p in document["phases"]
        if p["status"] == Status.MEASURING and p["end_s"] is not None
    ]
    times = document["series"]["t_s"]
    # A tick tells of the time before it, so the first one after a start is mixed.
    keep = [any(a + 0.2 <= t_s <= b for a, b in spans) for t_s in times]
    return {
        name: [value for value, kept in zip(column, keep, strict=True) if kept]
        for name, column in document["series"].items()
    }


def _most(series: Mapping[str, Sequence[float | None]], name: str) -> float | None:
    return max((v for v in series.get(name, ()) if v is not None), default=None)


def _rate(number: int, length_s: float) -> float:
    return round(number / length_s, 1) if length_s > 0 else 0.0


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
