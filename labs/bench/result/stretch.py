"""A phase as it was really run, and how the result document describes it."""

from dataclasses import asdict, dataclass
from typing import cast

from labs.bench.contracts import loads
from labs.bench.contracts.events import Status
from labs.bench.contracts.result_document import ActionEntry, CountedEntry, PhaseEntry
from labs.bench.contracts.scenario import Action, Phase
from labs.bench.generator.phase_counts import Tally


@dataclass
class Stretch:
    """A phase as it was really run; times in seconds since the run began.

    A phase whose load was changed on the way is several.
    """

    phase: Phase
    start_s: float
    end_s: float | None = None
    tally: Tally | None = None  # of its attempts, once it has a load

    def as_json(self) -> PhaseEntry:
        """Describe it for the result document, which is made when all have ended."""
        assert self.end_s is not None
        return {
            "name": self.phase.name,
            "status": str(self.phase.status),
            "start_s": round(self.start_s, 4),
            "end_s": round(self.end_s, 4),
            "load": loads.as_json(self.phase.load),
            "action": action_as_json(self.phase.action),
            "knobs": dict(self.phase.knobs),
            "sentence": self.phase.sentence,
            "counted": self._counted(),
        }

    @property
    def counts(self) -> bool:
        """Whether its requests are part of the measurement."""
        measured = self.phase.status is Status.MEASURING
        return measured and loads.is_loop(self.phase.load)

    @property
    def length_s(self) -> float:
        """How long it went on; 0 until it has ended."""
        return self.end_s - self.start_s if self.end_s is not None else 0.0

    def _counted(self) -> CountedEntry | None:
        if self.tally is None or not self.counts:
            return None
        is_open = isinstance(self.phase.load, loads.OpenLoop)
        tally = self.tally.as_json(self.length_s, is_open=is_open)
        # What it took of the processors is added once the series are complete.
        return cast(CountedEntry, tally)


def action_as_json(action: Action | None) -> ActionEntry | None:
    """Describe what is done when a phase begins, for the result document."""
    if action is None:
        return None
    return cast(ActionEntry, {"type": action.name, **asdict(action)})
