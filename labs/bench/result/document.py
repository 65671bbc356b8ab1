"""Gathers what a run leaves and assembles the result document.

Its type is in `contracts/result_document.py`, its schema in docs/result.schema.json.
Validates nothing away: what was measured is in it, whether or not it looks right.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import cast

from labs.bench.contracts.events import Event, Status, TickEvent
from labs.bench.contracts.result_document import (
    FindingEntry,
    ResultDocument,
    TrustEntry,
    counted_phases,
)
from labs.bench.contracts.scenario import Judgement
from labs.bench.contracts.stored_events import ProbeRow, StoredEvent, probe_event
from labs.bench.contracts.summary import Summary
from labs.bench.result import summary
from labs.bench.result.facts import Facts, RunSetup
from labs.bench.trust import of_run

SCHEMA = "concsite-result/1"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass
class Record:
    """Grows event by event while the run goes on."""

    setup: RunSetup
    started_at: str = field(default_factory=_now)
    events: list[StoredEvent] = field(default_factory=list)
    series: dict[str, list[float | None]] = field(default_factory=lambda: {"t_s": []})

    def add(self, event: Event) -> None:
        """Take an event that is about to be shown."""
        if event["type"] == "tick":
            self._add_tick(event)
        elif event["type"] != "finished":
            self.events.append(event)

    def add_probes(self, rows: Sequence[ProbeRow], client: str = "") -> None:
        """Take probes that ended. `client` names them unless they are the usual honest
        client's."""
        self.events += [probe_event(row, client) for row in rows]

    def store(self, event: StoredEvent) -> None:
        """Take what was done to the run: a command, an action, a server's state."""
        self.events.append(event)

    def _add_tick(self, event: TickEvent) -> None:
        times, values = self.series["t_s"], event["values"]
        for name in self.series.keys() | values.keys():
            if name != "t_s":
                column = self.series.setdefault(name, [None] * len(times))
                column.append(values.get(name))
        times.append(event["t_s"])

    def document(
        self, status: Status, reason: str, message: str, facts: Facts
    ) -> ResultDocument:
        """Assemble the document, without a verdict."""
        document = self._measured(status, reason, message, facts)
        counted = counted_phases(document)
        for phase in counted:
            resources = of_run.resources(document, phase)
            phase["counted"] = {**phase["counted"], **resources}
        headline = counted[self.setup.headline(counted)] if counted else None
        document["summary"] = summary.of(document, self.setup, facts, headline)
        document["trust"] = of_run.trust(document, headline)
        return document

    def _measured(
        self, status: Status, reason: str, message: str, facts: Facts
    ) -> ResultDocument:
        """Return the document with nothing in it yet that is computed from the rest."""
        setup = self.setup
        return {
            "schema": SCHEMA,
            "status": str(status),
            "reason": reason,
            "message": message,
            "server": setup.server,
            "scenario": setup.scenario,
            "seed": setup.seed,
            "environment": facts.environment,
            "started_at": self.started_at,
            "duration_s": round(facts.duration_s, 4),
            "configuration": setup.configuration,
            "phases": [stretch.as_json() for stretch in facts.stretches],
            "verdict": None,
            "sentence": "",
            "findings": [],
            "series": self.series,
            # A probe is stored when it ended, and its instant is when it was due.
            "events": sorted(self.events, key=lambda event: event["t_s"]),
            "summary": Summary(),
            "trust": TrustEntry(holds=False, checks=[]),
        }


def with_judgement(document: ResultDocument, judgement: Judgement) -> ResultDocument:
    """Return the document with its verdict, sentence and findings."""
    return {
        **document,
        "verdict": str(judgement.verdict),
        "sentence": judgement.sentence,
        "findings": [cast(FindingEntry, asdict(each)) for each in judgement.findings],
    }
