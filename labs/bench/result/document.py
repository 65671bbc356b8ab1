"""Gathers what a run leaves and assembles the result document.

Its shape is docs/result.schema.json. Validates nothing away: what was measured is in
it, whether or not it looks right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from labs.bench.contracts.events import Event, Status
from labs.bench.contracts.scenario import Judgement
from labs.bench.result import summary
from labs.bench.result.facts import Facts, Given
from labs.bench.trust import of_run

SCHEMA = "concsite-result/1"


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

    def add_probes(self, rows: Sequence[Sequence[Any]], client: str = "") -> None:
        """Take probes, as `probe.client` has them. `client` names them unless they are
        the honest client's."""
        whose = {"client": client} if client else {}
        for due_s, outcome, latency_ms, *late_ms in rows:
            told = {"outcome": outcome, "latency_ms": latency_ms}
            told |= {"late_ms": late_ms[0]} if late_ms else {}
            self.events.append({"type": "probe", "t_s": due_s, **told, **whose})

    def add_fact(self, kind: str, t_s: float, **told: Any) -> None:
        """Take what was done to the run: a command, an action, a server's state."""
        self.events.append({"type": kind, "t_s": round(t_s, 4), **told})

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
        counted = [phase for phase in document["phases"] if phase["counted"]]
        for phase in counted:
            phase["counted"] |= of_run.resources(document, phase)
        headline = counted[given.headline(counted)] if counted else None
        document["summary"] = summary.of(document, given, facts, headline)
        document["trust"] = of_run.trust(document, headline)
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
