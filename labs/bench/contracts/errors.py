"""What can go wrong in a run, split by whose fault it is.

    LabError
    +-- ServerFault       the subject failed: a result, kept with what was measured
    +-- BenchFault        we failed: no verdict
    +-- SpecError         the request was wrong: HTTP 400, exit code 2
        +-- Unavailable   this host has no such server: exit code 4

Each carries a `reason` (a short label from `Reason`, for counting) and a sentence for
people: capital, no full stop, what was found and what was wanted.
"""

from enum import StrEnum


class Reason(StrEnum):
    """Short, countable labels. Stored with runs: renaming one needs a migration."""

    # the server under test
    SERVER_EXITED = "server_exited"
    SERVER_NOT_READY = "server_not_ready"
    SERVER_MEMORY = "server_memory"
    # ourselves
    BENCH_FAULT = "bench_fault"
    SANDBOX = "sandbox"
    HOST_LIMIT = "host_limit"
    STORAGE = "storage"
    RUNNER_LOST = "runner_lost"
    WALL_TIME = "wall_time"
    # the request
    BAD_SPEC = "bad_spec"
    UNAVAILABLE = "unavailable"
    # somebody asked for it
    STOPPED = "stopped"


class LabError(Exception):
    """Base of all expected trouble; never raised itself."""

    reason: Reason = Reason.BENCH_FAULT

    def __init__(self, message: str, *, reason: Reason | None = None) -> None:
        super().__init__(message)
        self.message = message
        if reason is not None:
            self.reason = reason


class ServerFault(LabError):
    """The server under test failed. `log_tail`: its last lines, oldest first."""

    reason = Reason.SERVER_EXITED

    def __init__(
        self,
        message: str,
        *,
        reason: Reason | None = None,
        log_tail: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, reason=reason)
        self.log_tail = log_tail


class BenchFault(LabError):
    """The instrument failed: the run gets no verdict."""

    reason = Reason.BENCH_FAULT


class SpecError(LabError):
    """The request was wrong. `field` names the parameter or knob where there is one."""

    reason = Reason.BAD_SPEC

    def __init__(
        self, message: str, *, reason: Reason | None = None, field: str | None = None
    ) -> None:
        super().__init__(message, reason=reason)
        self.field = field


class Unavailable(SpecError):
    """The server cannot run on this host; the message says why and how to get it."""

    reason = Reason.UNAVAILABLE
