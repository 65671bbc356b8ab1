"""Whether a claim can be put to the test as it is written.

The catalog keeps a claim's `runs` and `expect` and does not know what they mean. Who
carries them out says what is wrong in them: an app adds to CHECKS when it is ready.
"""

from typing import NamedTuple

# Functions: a claim, as a row or as the page of a file -> Faults.
CHECKS = []


class Fault(NamedTuple):
    """What is wrong, in `runs` or `expect`; `item` is the entry from 0, or None."""

    key: str
    item: int | None
    sentence: str


def faults_of(claim):
    """Return the Faults of a claim; none of one that lacks its runs or what to expect.

    That such a claim is unfinished is told elsewhere, and no reason to refuse it.
    """
    if not (claim.runs and claim.expect):
        return []
    return [fault for check in CHECKS for fault in check(claim)]
