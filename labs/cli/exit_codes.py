"""Exit codes of `manage.py lab` (docs/command-line.md)."""

from collections.abc import Iterable

from labs.bench.contracts.errors import Reason
from labs.bench.contracts.events import FinishedEvent, Status, Verdict

FINISHED = 0  # whatever the verdict
SERVER_FAILED = 1  # the server under test ended or was never ready: no verdict
BAD_ARGUMENTS = 2
INCONCLUSIVE = 3
NOT_AVAILABLE = 4
OUR_FAULT = 5
STOPPED = 130  # what a shell reports for a process that SIGINT ended: 128 + 2

_BEST_FIRST = (
    FINISHED,
    INCONCLUSIVE,
    SERVER_FAILED,
    NOT_AVAILABLE,
    BAD_ARGUMENTS,
    OUR_FAULT,
    STOPPED,
)

_BY_REASON: dict[str, int] = {
    Reason.BAD_SPEC: BAD_ARGUMENTS,
    Reason.UNAVAILABLE: NOT_AVAILABLE,
    Reason.SERVER_EXITED: SERVER_FAILED,
    Reason.SERVER_NOT_READY: SERVER_FAILED,
    Reason.SERVER_MEMORY: SERVER_FAILED,
}


def for_event(finished: FinishedEvent | None) -> int:
    """Return the code for a run's last event; None: the runner ended without one."""
    if finished is None:
        return OUR_FAULT
    if finished["status"] == Status.CANCELLED:
        return STOPPED
    if finished["status"] != Status.FINISHED:
        return for_failure(finished["reason"])
    result = finished["result"]
    inconclusive = result and result["verdict"] == Verdict.INCONCLUSIVE
    return INCONCLUSIVE if inconclusive else FINISHED


def for_failure(reason: str) -> int:
    """Return the code for a run that failed: whose fault the reason says it was."""
    return _BY_REASON.get(reason, OUR_FAULT)


def worst(codes: Iterable[int]) -> int:
    """Return the worst of several; a fault of ours if there is none."""
    return max(codes, key=_BEST_FIRST.index, default=OUR_FAULT)
