"""Which processes of a server were there before something was done to it, and since.

Pure: reads a result document. Times are seconds after the action.
"""

from __future__ import annotations

from functools import cached_property

from labs.bench.verdicts import reading as v
from labs.bench.verdicts.before_after import BeforeAfter

LAST = 5  # ticks, one second: the end of the run


class Generations(BeforeAfter):
    """The processes of a run with an action, old and new."""

    @cached_property
    def processes_before(self) -> int:
        """How many processes there were, most of the time; 0 if none was seen."""
        seen = sorted(n for _, n in self.ticks("server_processes", v.BEFORE))
        return int(seen[len(seen) // 2]) if seen else 0

    @property
    def processes_at_end(self) -> int:
        """How many there were in the last second."""
        seen = sorted(n for _, n in self.ticks("server_processes", v.AFTER)[-LAST:])
        return int(seen[len(seen) // 2]) if seen else 0

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
        alive = dict(self.ticks("server_processes", v.AFTER))
        old = self.ticks("server_processes_old", v.AFTER)
        return [(t_s, n, alive[t_s]) for t_s, n in old if t_s in alive]
