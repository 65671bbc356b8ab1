"""Shares out what is too expensive to read of every process at each look.

The shared memory of a process or its list of open files costs up to a millisecond. So
each process has its turn once a second, and the turns are spread over the looks.
"""

from collections.abc import Iterable

from labs.bench.contracts.events import TICK_S

EVERY_S = 1.0
_LEAST = 8  # so that a small server is complete at once


class RoundRobin:
    """Chooses who is read now: each once a second, an equal share at each look."""

    def __init__(self) -> None:
        self._last_s: dict[int, float] = {}

    def choose(self, everybody: Iterable[int], now_s: float) -> list[int]:
        """Return whose turn it is: who had none yet, then who waited longest."""
        present = list(everybody)
        last_s = {pid: self._last_s.get(pid, float("-inf")) for pid in present}
        # Half a tick early rather than a whole one late.
        until_s = now_s - EVERY_S + TICK_S / 2
        due = sorted((at_s, pid) for pid, at_s in last_s.items() if at_s <= until_s)
        share = max(_LEAST, -(-len(present) * TICK_S // EVERY_S))
        chosen = [pid for _, pid in due[: int(share)]]
        self._last_s = last_s | dict.fromkeys(chosen, now_s)
        return chosen
