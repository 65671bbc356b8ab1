"""A stored result held against today's checks, so that a mended check reaches it.

Pure. What the result does not hold cannot be checked anew: it is named, and what was
stored of it stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labs.bench.contracts.events import Status
from labs.bench.result import summary
from labs.bench.trust import checks as t
from labs.bench.trust import of_run

Document = Mapping[str, Any]
Headline = Callable[[Sequence[Document]], int]

_COUNTED = "phases.counted"
_LOOPS = ("closed_loop", "open_loop")
_COLUMNS = (
    "load_cpu_percent",
    "load_wait_percent",
    "load_lag_ms",
    "load_cores_busy_percent",
    "server_cpu_percent",
    "server_wait_percent",
    "server_cores_busy_percent",
)


@dataclass(frozen=True)
class Rechecked:
    """A result with its checks made anew; `lacks`: fields that some of them need;
    `kept`: the checks that therefore stand as they were stored."""

    document: dict[str, Any]
    lacks: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    @property
    def remark(self) -> str:
        """Say what could not be checked anew; empty if all could."""
        if not self.kept:
            return ""
        return f"It lacks {', '.join(self.lacks)}: {', '.join(self.kept)} as stored"


def again(document: Document, headline: Headline) -> Rechecked:
    """Check a result anew. `headline` is its scenario's."""
    whole = _filled(document)
    lacks = _lacks(document)
    try:
        checks = _checks(whole, headline)
    except KeyError as error:
        lacks, checks = (*lacks, str(error.args[0])), []
    stored = {check["slug"]: check for check in document["trust"]["checks"]}
    if _COUNTED in lacks:  # which of the others apply depends on what was counted
        checks = [check for check in checks if check["slug"] in stored]
    made = {check["slug"] for check in checks}
    kept = [check for slug, check in stored.items() if lacks and slug not in made]
    told = dict(document) | {"trust": t.settle([*checks, *kept])}
    if _COUNTED not in lacks:
        told |= {"phases": whole["phases"], "summary": _summary(whole, headline)}
    return Rechecked(told, lacks, tuple(check["slug"] for check in kept))


def _lacks(document: Document) -> tuple[str, ...]:
    phases = document["phases"]
    loops = [p for p in phases if _measures(p) and (p["load"] or {})["type"] in _LOOPS]
    counted = [] if all("counted" in phase for phase in loops) else [_COUNTED]
    columns = [f"series.{n}" for n in _COLUMNS if n not in document["series"]]
    return (*counted, *columns)


def _measures(phase: Document) -> bool:
    return phase["status"] == Status.MEASURING and phase["load"] is not None


def _filled(document: Document) -> dict[str, Any]:
    """Return a copy with all fields of a phase, and what it took of the processors."""
    absent = {"counted": None, "action": None}
    phases = [absent | phase for phase in document["phases"]]
    whole = dict(document) | {"phases": phases}
    for phase in phases:
        if phase["counted"]:
            took = of_run.resources(whole, phase)
            phase["counted"] = phase["counted"] | took
    return whole


def _headline(whole: Document, headline: Headline) -> Document | None:
    counted = [phase for phase in whole["phases"] if phase["counted"]]
    return counted[headline(counted)] if counted else None


def _checks(whole: Document, headline: Headline) -> list[dict[str, Any]]:
    return of_run.trust(whole, _headline(whole, headline))["checks"]


def _summary(whole: Document, headline: Headline) -> dict[str, Any]:
    """Let the summary speak of what is the headline by today's opinion."""
    phase = _headline(whole, headline)
    return whole["summary"] | (summary.of_counted(phase["counted"]) if phase else {})
