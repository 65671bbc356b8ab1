"""Makes the checks of a stored result anew, so that a mended check reaches it.

Pure. What the result lacks cannot be checked anew: it is named, and what was stored of
it stays.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from labs.bench.contracts.events import Status
from labs.bench.contracts.result_document import (
    CheckEntry,
    CountedPhase,
    PhaseEntry,
    ResultDocument,
    counted_phases,
)
from labs.bench.contracts.summary import Summary
from labs.bench.result import summary
from labs.bench.trust import of_run
from labs.bench.trust.checks import settle

Headline = Callable[[Sequence[CountedPhase]], int]

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
    `as_stored`: the checks that therefore stand as they were stored."""

    document: ResultDocument
    lacks: tuple[str, ...] = ()
    as_stored: tuple[str, ...] = ()

    @property
    def remark(self) -> str:
        """Say what could not be checked anew; empty if all could."""
        if not self.as_stored:
            return ""
        return (
            f"It lacks {', '.join(self.lacks)}: {', '.join(self.as_stored)} as stored"
        )


def again(document: ResultDocument, headline: Headline) -> Rechecked:
    """Check a result anew. `headline` is its scenario's."""
    whole = _with_resources(document)
    lacks = _lacks(document)
    checks: list[CheckEntry] = []
    try:
        checks = of_run.trust(whole, _headline(whole, headline))["checks"]
    except KeyError as error:
        lacks = (*lacks, str(error.args[0]))
    stored = {check["slug"]: check for check in document["trust"]["checks"]}
    if _COUNTED in lacks:  # which of the others apply depends on what was counted
        checks = [check for check in checks if check["slug"] in stored]
    anew = {check["slug"] for check in checks}
    as_stored = [c for slug, c in stored.items() if lacks and slug not in anew]
    checked: ResultDocument = {**document, "trust": settle([*checks, *as_stored])}
    if _COUNTED not in lacks:
        checked["phases"] = whole["phases"]
        checked["summary"] = _summary(whole, headline)
    return Rechecked(checked, lacks, tuple(check["slug"] for check in as_stored))


def _lacks(document: ResultDocument) -> tuple[str, ...]:
    loops = [phase for phase in document["phases"] if _is_measured_loop(phase)]
    counted = [] if all("counted" in phase for phase in loops) else [_COUNTED]
    columns = [f"series.{n}" for n in _COLUMNS if n not in document["series"]]
    return (*counted, *columns)


def _is_measured_loop(phase: PhaseEntry) -> bool:
    load = phase["load"]
    measured = phase["status"] == Status.MEASURING
    return measured and load is not None and load["type"] in _LOOPS


def _with_resources(document: ResultDocument) -> ResultDocument:
    """Return a copy with all fields of a phase, and what it took of the processors."""
    phases = [_filled(phase) for phase in document["phases"]]
    whole: ResultDocument = {**document, "phases": phases}
    for phase in counted_phases(whole):
        resources = of_run.resources(whole, phase)
        phase["counted"] = {**phase["counted"], **resources}
    return whole


def _filled(phase: PhaseEntry) -> PhaseEntry:
    # Results of earlier versions lack these.
    return {"counted": None, "action": None, **phase}


def _headline(whole: ResultDocument, headline: Headline) -> CountedPhase | None:
    counted = counted_phases(whole)
    return counted[headline(counted)] if counted else None


def _summary(whole: ResultDocument, headline: Headline) -> Summary:
    """Let the summary be of what is the headline by today's opinion."""
    phase = _headline(whole, headline)
    found = whole["summary"].copy()
    if phase:
        found.update(summary.of_counted(phase["counted"]))
    return found
