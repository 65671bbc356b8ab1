"""Says why a measurement, or a part of it, is not to be believed."""

from collections.abc import Iterable, Sequence

from labs.bench.contracts.result_document import (
    CheckEntry,
    CountedEntry,
    CountedPhase,
    PhaseEntry,
    ResultDocument,
)


def doubt(result: ResultDocument) -> str:
    """Return why the measurement itself cannot be trusted; empty if it can."""
    return _doubtful(result["trust"]["checks"])


def doubt_in(phases: Iterable[PhaseEntry | CountedPhase], but: str = "") -> str:
    """Return why phases that counted requests cannot decide a finding; empty if they
    can, or if it is not known. `but` is a check that need not hold."""
    checks = [
        check
        for phase in phases
        for check in _doubts(phase.get("counted"))
        if check["slug"] != but
    ]
    return _doubtful(checks)


def _doubts(counted: CountedEntry | None) -> Sequence[CheckEntry]:
    return counted.get("doubts", ()) if counted else ()


def _doubtful(checks: Iterable[CheckEntry]) -> str:
    failed = [check for check in checks if check["holds"] is False]
    return f"The measurement cannot be trusted: {failure(failed[0])}" if failed else ""


def failure(check: CheckEntry) -> str:
    """Say what a check found that does not hold, and what it wanted."""
    return (
        f"{check['statement']} does not hold ({check['measured']}, wanted "
        f"{check['expected']})"
    )
