"""Holds what was seen of a server to the signature that its driver states.

Pure: `Standing` is what the inside view saw at one instant; a problem is a sentence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from labs.bench.contracts.driver import Signature


@dataclass(frozen=True)
class Standing:
    """How many processes and threads there are, and the calls the threads stand in."""

    processes: int
    threads: int
    calls: dict[str, int]

    @classmethod
    def of(cls, board: Iterable[dict[str, Any]]) -> Standing:
        """Read it from a board."""
        cells = list(board)
        calls: Counter[str] = Counter()
        for cell in cells:
            calls.update(cell["waiting_in"])
        return cls(len(cells), sum(c["threads"] for c in cells), dict(calls))

    def count(self, calls: Iterable[str]) -> int:
        """Return how many threads stand in one of `calls`."""
        return sum(self.calls.get(call, 0) for call in calls)

    def elsewhere(self, calls: Iterable[str]) -> dict[str, int]:
        """Return the calls that are none of `calls`, and who stands in them."""
        usual = set(calls)
        return {c: number for c, number in self.calls.items() if c not in usual}


def idle_problems(signature: Signature, seen: Standing) -> list[str]:
    """Say what is not as the signature has it while no client is there."""
    found = []
    for noun in ("processes", "threads"):
        (least, most), number = getattr(signature, noun), getattr(seen, noun)
        if not least <= number <= most:
            found.append(f"{number} {noun}, not {least} to {most}")
    strangers = seen.elsewhere(signature.idle_in)
    if strangers:
        usual = ", ".join(sorted(signature.idle_in))
        found.append(f"Idle threads stand in {strangers}, not in {usual}")
    return found


def slow_problems(
    signature: Signature, idle: Standing, seen: Standing, clients: int
) -> list[str]:
    """Say what is not as the signature has it while so many `clients` are served."""
    if not signature.slow_in:
        return [f"With slow clients: {each}" for each in idle_problems(signature, seen)]
    found = []
    more = seen.count(signature.slow_in) - idle.count(signature.slow_in)
    if more != clients:
        calls = ", ".join(sorted(signature.slow_in))
        found.append(f"{more} more stand in {calls}, not {clients}: {seen.calls}")
    grown = {
        "processes": clients if signature.grows == "processes" else 0,
        "threads": clients if signature.grows else 0,
    }
    for noun, wanted in grown.items():
        more = getattr(seen, noun) - getattr(idle, noun)
        if more != wanted:
            found.append(f"{more} more {noun}, not {wanted}")
    return found
