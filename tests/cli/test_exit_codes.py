"""The exit codes of docs/command-line.md, one for each way a run can end."""

import pytest

from labs.bench.contracts import events
from labs.bench.contracts.errors import Reason
from labs.bench.contracts.events import Status, Verdict
from labs.cli import exit_codes


def ended(status: Status, reason: str = "", verdict: str | None = None) -> dict:
    result = {"verdict": verdict} if verdict else None
    return events.finished(1.0, status, result, reason, "why")


@pytest.mark.parametrize("verdict", [v for v in Verdict if v != Verdict.INCONCLUSIVE])
def test_a_finished_run_is_0_whatever_the_verdict(verdict):
    assert exit_codes.for_event(ended(Status.FINISHED, verdict=verdict)) == 0


def test_inconclusive_is_3():
    assert (
        exit_codes.for_event(ended(Status.FINISHED, verdict=Verdict.INCONCLUSIVE)) == 3
    )


@pytest.mark.parametrize(
    "reason, code",
    [
        (Reason.SERVER_EXITED, 1),
        (Reason.SERVER_NOT_READY, 1),
        (Reason.SERVER_MEMORY, 1),
        (Reason.BAD_SPEC, 2),
        (Reason.UNAVAILABLE, 4),
        (Reason.BENCH_FAULT, 5),
        (Reason.SANDBOX, 5),
        (Reason.HOST_LIMIT, 5),
        (Reason.WALL_TIME, 5),
    ],
)
def test_a_failed_run_says_whose_fault_it_was(reason, code):
    assert exit_codes.for_event(ended(Status.FAILED, reason)) == code


def test_a_stopped_run_is_130():
    assert exit_codes.for_event(ended(Status.CANCELLED, Reason.STOPPED)) == 130


def test_a_runner_that_says_nothing_is_our_fault():
    assert exit_codes.for_event(None) == 5
