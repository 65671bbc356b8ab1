"""The processes of a server before something was done to it, and the new ones since.

Pure: reads a result document. Times are seconds after the action.
"""

from collections.abc import Sequence
from functools import cached_property

from labs.bench.contracts.scenario import PhaseName
from labs.bench.verdicts.before_after import BeforeAfter

LAST_TICKS = 5  # one second: the end of the run


class ProcessGenerations(BeforeAfter):
    """The processes of a run with an action, old and new."""

    @cached_property
    def processes_before(self) -> int:
        """How many processes there were, most of the time; 0 if none was seen."""
        return _median(self.ticks("server_processes", PhaseName.BEFORE))

    @property
    def processes_at_end(self) -> int:
        """How many there were in the last second."""
        ticks = self.ticks("server_processes", PhaseName.AFTER)
        return _median(ticks[-LAST_TICKS:])

    @property
    def replaced_after_s(self) -> float | None:
        """When there were as many processes as before, a new one among them; None if
        never."""
        rows = self._old_and_all
        return self.first(
            t_s for t_s, old, n in rows if n > old and n >= self.processes_before
        )

    @property
    def first_new_s(self) -> float | None:
        """When a process was seen that had not been there; None if never."""
        return self.first(t_s for t_s, old, n in self._old_and_all if n > old)

    @property
    def all_new_s(self) -> float | None:
        """When there were as many new processes as there were old ones beside the
        first; None if never."""
        # The first one starts the others, and a graceful restart does not replace it.
        wanted = self.processes_before - 1
        return self.first(t_s for t_s, old, n in self._old_and_all if n - old >= wanted)

    @property
    def old_gone_s(self) -> float | None:
        """When of the processes of before only the first was left; None if never."""
        return self.first(t_s for t_s, old, _ in self._old_and_all if old <= 1)

    @property
    def is_gone(self) -> bool:
        """Whether the server ended."""
        events = self.result["events"]
        return any(e["type"] == "server" and e["state"] == "gone" for e in events)

    @property
    def _old_and_all(self) -> list[tuple[float, float, float]]:
        """Rows of time, how many processes of before were left, and how many in all."""
        alive = dict(self.ticks("server_processes", PhaseName.AFTER))
        old = self.ticks("server_processes_old", PhaseName.AFTER)
        return [(t_s, n, alive[t_s]) for t_s, n in old if t_s in alive]


def _median(ticks: Sequence[tuple[float, float]]) -> int:
    """Return the typical value of some ticks; 0 of none."""
    values = sorted(value for _, value in ticks)
    return int(values[len(values) // 2]) if values else 0
