"""How busy the cores of a run are, whoever keeps them so (proc(5), /proc/stat)."""

import os
import time
from collections.abc import Iterable
from contextlib import suppress

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_IDLE = (3, 4)  # idle and iowait among a line's numbers
_GUEST = 8  # from here on: already part of user and nice


class CoreWatch:
    """Tells, for sets of cores, what share of the time since the last call they ran."""

    def __init__(self, **groups: Iterable[int]) -> None:
        self._groups = {name: frozenset(cores) for name, cores in groups.items()}
        self._before, self._read_at_s = _busy_s(), time.monotonic()

    def take(self) -> dict[str, float | None]:
        """Return `<group>_cores_busy_percent` for each group; 100 is one core. None
        where the kernel does not tell."""
        now, before, now_s = _busy_s(), self._before, time.monotonic()
        # By its own clock: between two ticks it is not always called at the same time.
        length_s = now_s - self._read_at_s
        self._before, self._read_at_s = now, now_s
        return {
            f"{name}_cores_busy_percent": (
                round(100 * sum(now[c] - before[c] for c in cores) / length_s, 1)
                if cores <= now.keys() and cores <= before.keys() and length_s > 0
                else None
            )
            for name, cores in self._groups.items()
        }


def parse(text: str) -> dict[int, float]:
    """Return the busy seconds of each core since the machine was started."""
    found = {}
    for line in text.splitlines():
        name, *numbers = line.split()
        if name.startswith("cpu") and name != "cpu":
            ticks = [int(number) for number in numbers[:_GUEST]]
            idle = sum(ticks[at] for at in _IDLE)
            found[int(name[3:])] = (sum(ticks) - idle) / _TICKS_PER_S
    return found


def _busy_s() -> dict[int, float]:
    with suppress(OSError), open("/proc/stat") as file:
        return parse(file.read())
    return {}
