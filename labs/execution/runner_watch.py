"""Whether a runner still works, by what it prints and by the site's own clock.

A runner that was stopped (SIGSTOP), that hangs or that goes on for ever cannot say so.
Without a limit of ours its run would be under way for good, and the queue behind it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from labs.bench.contracts.errors import LabError, Reason
from labs.bench.run.wall_time import longest_run_s
from labs.models import LabRun
from labs.plugins import registry

# A runner prints a tick every 200 ms, or an empty line while it waits for the machine.
# It is away for some seconds while it takes a large sandbox down and judges.
SILENT_S = 20.0
GRACE_S = 15.0  # beyond the runner's limit, which it holds to as long as it works
MACHINE_S = 3600.0  # for the end of whatever else is on the machine
_UNKNOWN_S = 60.0  # of a run that cannot be resolved: its runner is to say why


@dataclass(frozen=True)
class RunnerFault:
    """Why a runner is ended; the sentence is for people."""

    reason: Reason
    sentence: str


class RunnerWatch:
    """Watches one runner. `longest_s`: how long its run may take once it has begun."""

    def __init__(self, longest_s: float) -> None:
        self._longest_s = longest_s
        self._now = asyncio.get_running_loop().time
        self._ends_s = self._now() + MACHINE_S
        self._has_begun = False
        self._silent_from_s: float | None = None
        # Why the runner was ended, once it was.
        self.ended_for: RunnerFault | None = None

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Count the runner's silence meanwhile: it may speak, and we would hear it.

        At other times it is we who keep it waiting, for the database mostly.
        """
        self._silent_from_s = self._now()
        try:
            yield
        finally:
            self._silent_from_s = None

    def begin(self) -> None:
        """Start the clock, once: the run has the machine."""
        if not self._has_begun:
            self._has_begun = True
            self._ends_s = self._now() + self._longest_s + GRACE_S

    def fault(self) -> RunnerFault | None:
        """Return why the runner must be ended now; None while it may go on."""
        now_s, silent_from_s = self._now(), self._silent_from_s
        if silent_from_s is not None and now_s - silent_from_s > SILENT_S:
            return RunnerFault(
                Reason.RUNNER_LOST,
                f"The runner gave no sign of life for {SILENT_S:g} s and was ended: "
                "it hung, or something had stopped it",
            )
        if now_s <= self._ends_s:
            return None
        if not self._has_begun:
            return RunnerFault(
                Reason.WALL_TIME,
                f"The machine was not free for {MACHINE_S:g} s: another run or an "
                "examination holds it",
            )
        return RunnerFault(
            Reason.WALL_TIME,
            f"The run was not over after {self._longest_s + GRACE_S:g} s, more than "
            "its plan allows, and its runner was ended",
        )


def watch(run: LabRun) -> RunnerWatch:
    """Return a watch over the runner of this run, by the run's own plan."""
    try:
        resolved = registry.resolve(run.spec)
        longest_s = longest_run_s(resolved.scenario.plan(resolved.params))
    except LabError:
        longest_s = _UNKNOWN_S
    return RunnerWatch(longest_s)
