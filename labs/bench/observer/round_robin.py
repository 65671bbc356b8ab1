"""Whose turn it is, where a look at everybody would cost too much at once."""

from __future__ import annotations

from collections.abc import Iterable

from labs.bench.contracts.events import TICK_S

EVERY_S = 1.0
_LEAST = 8  # so that a small server is complete at once


class Turns:
    """Lets each have its turn once a second, in equal shares of a second's looks."""

    def __init__(self) -> None:
        self._last_s: dict[int, float] = {}

    def take(self, everybody: Iterable[int], now_s: float) -> list[int]:
        """Return who has a turn now: those who had none yet, then the longest ago."""
        present = list(everybody)
        last_s = {pid: self._last_s.get(pid, float("-inf")) for pid in present}
        # Half a tick early rather than a whole one late.
        until_s = now_s - EVERY_S + TICK_S / 2
        due = sorted((at_s, pid) for pid, at_s in last_s.items() if at_s <= until_s)
        share = max(_LEAST, -(-len(present) * TICK_S // EVERY_S))
        chosen = [pid for _, pid in due[: int(share)]]
        self._last_s = last_s | dict.fromkeys(chosen, now_s)
        return chosen
