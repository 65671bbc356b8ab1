"""How an attempt ended: one list, exclusive and exhaustive."""

from enum import StrEnum


class Outcome(StrEnum):
    """How one request tried, or one probe, ended. Stored in results: do not rename.

    A load counts each attempt under exactly one of them, so that they add up to what
    was tried (`labs/bench/trust/checks.py`, attempts_add_up).
    """

    OK = "ok"
    HTTP_ERROR = "http_error"  # an answer that was no success, or not the protocol
    REFUSED = "refused"  # nobody listened (ECONNREFUSED)
    CONNECT_TIMEOUT = "connect_timeout"
    RESET = "reset"  # the connection ended before the answer was complete
    READ_TIMEOUT = "read_timeout"
    UNFINISHED = "unfinished"  # neither answered nor given up when the run ended


def is_answered(outcome: str) -> bool:
    """Whether a probe that ended in this way was answered."""
    return outcome == Outcome.OK
