"""Which phase a run is in, and when the next one begins.

Pure: it reads no clock and is given instants and probes. The rules are those of
`Plan.denied_hold_s` and `Phase.until_recovered` (`contracts/scenario.py`).
"""

import itertools
from bisect import insort
from collections.abc import Iterable
from dataclasses import replace

from labs.bench.contracts.loads import Load
from labs.bench.contracts.outcomes import Outcome, is_answered
from labs.bench.contracts.scenario import STREAK, Phase, PhaseName, Plan
from labs.bench.contracts.stored_events import ProbeRow
from labs.bench.result.stretch import Stretch

# How long the run goes on after a server ended under its load: long enough for a streak
# of probes at the usual interval to be refused.
GONE_S = 2.0


class Schedule:
    """Walks through a plan's phases. `denied_s`: when denial was noticed, or None."""

    def __init__(self, plan: Plan) -> None:
        self.stretches: list[Stretch] = []
        self.denied_s: float | None = None
        self._plan = plan
        self._left = list(plan.phases)
        self._is_cut = False
        self._ends_s = 0.0
        self._probes: list[tuple[float, bool]] = []  # (due, answered), in order of due

    @property
    def phase(self) -> Phase:
        """The phase that goes on now."""
        return self.stretches[-1].phase

    def add_probes(self, probes: Iterable[ProbeRow], t_s: float) -> None:
        """Take probes that came to an end by `t_s`. Those that the prober itself was
        late for (unfinished) say nothing."""
        for due_s, outcome, *_ in probes:
            if outcome != Outcome.UNFINISHED:
                insort(self._probes, (due_s, is_answered(outcome)))
        hold_s = self._plan.denied_hold_s
        if hold_s is not None and self._newly_denied():
            self.denied_s = t_s
            self._ends_s = t_s + hold_s
            self._left = [p for p in self._left if p.name != PhaseName.ATTACK]

    def due(self, t_s: float) -> Phase | None:
        """End the present phase if it is time to; return the one to begin, if any."""
        if self.stretches and not self._closed and not self._over(t_s):
            return None
        self.close(t_s)
        return self._left[0] if self._left else None

    def begin(self, t_s: float) -> Stretch:
        """Begin the phase that is due."""
        phase = self._left.pop(0)
        self._is_cut = False
        self._ends_s = t_s + phase.duration_s
        self.stretches.append(Stretch(phase, t_s))
        return self.stretches[-1]

    def split(self, load: Load, t_s: float, sentence: str) -> Stretch:
        """Go on with another load: the rest of the phase is a stretch of its own."""
        self.close(t_s)
        # What was done to the server when the phase began is not done again.
        phase = replace(self.phase, load=load, action=None, sentence=sentence)
        self.stretches.append(Stretch(phase, t_s))
        return self.stretches[-1]

    @property
    def may_end(self) -> bool:
        """Whether an end of the server now would be what the plan is to find out."""
        if not self._plan.may_end or not self.stretches or self._closed:
            return False
        # While it is awaited that it answers again, the attack is still felt.
        return self.phase.load is not None or self.phase.until_recovered

    def cut(self, t_s: float) -> None:
        """The server ended: leave out what was planned for this start of it.

        The present phase goes on until honest clients were seen to be refused; one that
        counts requests ends at once, since there is nobody to answer them.
        """
        self._is_cut = True
        self._ends_s = t_s if self.stretches[-1].counts else t_s + GONE_S
        present = self.phase.knobs
        # Up to the phase that starts the server anew with other settings.
        self._left = [*itertools.dropwhile(lambda p: p.knobs == present, self._left)]

    @property
    def going_on(self) -> Phase | None:
        """The present phase; None before the first, between two and after the last."""
        return None if not self.stretches or self._closed else self.phase

    @property
    def finished(self) -> bool:
        """Whether the last phase has ended."""
        return not self._left and bool(self.stretches) and self._closed

    @property
    def ends_s(self) -> float:
        """When the present phase ends unless the probes say otherwise."""
        return self._ends_s

    def close(self, t_s: float) -> None:
        """Note that the present phase, if any, ended at `t_s`."""
        if self.stretches and not self._closed:
            self.stretches[-1].end_s = t_s

    @property
    def _closed(self) -> bool:
        return self.stretches[-1].end_s is not None

    def _over(self, t_s: float) -> bool:
        recovered = self.phase.until_recovered and self._streak(
            True, self.stretches[-1].start_s
        )
        return recovered or t_s >= self._ends_s

    def _newly_denied(self) -> bool:
        if self._is_cut or self.denied_s is not None:
            return False
        attacks = [s for s in self.stretches if s.phase.name == PhaseName.ATTACK]
        if not attacks or self.phase.name != PhaseName.ATTACK:
            return False
        return self._streak(False, attacks[0].start_s)

    def _streak(self, answered: bool, since_s: float) -> bool:
        """Say whether the last probes due since then, as many as count, ended so.

        In the order they were due: a failure is known a whole timeout later than an
        answer to a probe sent after it.
        """
        last = [ok for due_s, ok in self._probes if due_s >= since_s][-STREAK:]
        return len(last) == STREAK and all(ok is answered for ok in last)


def longest_s(plan: Plan) -> float:
    """Return how long a plan can take at most, in seconds."""
    return sum(phase.duration_s for phase in plan.phases) + (plan.denied_hold_s or 0.0)


def restarts(plan: Plan) -> int:
    """Return how often the server is started anew in the middle of a plan."""
    return sum(
        before.knobs != after.knobs for before, after in itertools.pairwise(plan.phases)
    )
