"""A run that is watched: its state and its words, folded from its rows and its events.

Every frame that leaves for a browser is made here, whether it goes over a socket or is
fetched later, so that both are the same.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from labs.execution import recorder
from labs.models import LabRun, RunEvent
from labs.plugins import registry
from labs.presentation.run_state import RunState
from labs.presentation.run_words import RunWords

_LOG_LINES = 500
_ENVELOPE = ("type", "seq", "t_s")  # columns of an event's row, beside its payload

Frame = dict[str, Any]


class LiveRun:
    """A run up to its event number `seq`."""

    def __init__(self, run: LabRun, until: int) -> None:
        """Fold the run's stored events up to number `until`."""
        self._run_id = run.pk
        self.seq = until
        self.state = RunState()
        events = run.events.filter(seq__lte=until).order_by("seq")
        for row in events.values_list("type", "t_s", "payload"):
            self.state.fold(*row)
        scenario = registry.scenarios().get(run.scenario)
        self._words = RunWords(self.state, scenario)

    def add(self, frame: Frame) -> Frame:
        """Fold the next event in; return it with the words that it changes."""
        self.seq = frame["seq"]
        payload = {name: frame[name] for name in frame if name not in _ENVELOPE}
        words = self._words.after(frame["type"], frame["t_s"], payload)
        return frame | {"words": words}

    def add_rows(self, rows: Iterable[RunEvent]) -> list[Frame]:
        """Fold these rows in, which come next; return their frames."""
        return [self.add(recorder.as_frame(row)) for row in rows]

    def snapshot(self, queue: dict[str, Any] | None = None) -> Frame:
        """Return the snapshot frame (docs/formats.md, "Live stream").

        `queue` is a waiting run's place, with a `sentence`.
        """
        state, words = self.state, self._words.whole()
        if queue:
            words["texts"]["sentence"] = queue["sentence"]
        return {
            "type": "snapshot",
            "seq": self.seq,
            "t_s": state.t_s,
            "status": state.status,
            "over": state.is_over,
            "phase": state.phase,
            "sentence": state.sentence,
            "reason": state.reason,
            "message": state.message,
            "queue": queue,
            "phases": state.phases,
            "series": state.series,
            "probes": state.probes,
            "board": state.board,
            "log": state.log[-_LOG_LINES:],
            "verdict": state.verdict,
            "verdict_sentence": state.verdict_sentence or None,
            "words": words,
        }


_IN_THE_ROW = (
    *("status", "phase", "sentence", "reason", "message"),
    *("verdict", "verdict_sentence"),
)


def from_row(run: LabRun) -> LiveRun:
    """Return a run as its row says it is: complete up to the number that it has."""
    live = LiveRun(run, run.last_seq)
    # A run that was just claimed has a status of which no event tells yet.
    for name in _IN_THE_ROW:
        setattr(live.state, name, getattr(run, name))
    return live


def load(run_id: UUID) -> LiveRun:
    """Return the run as the database has it now; LabRun.DoesNotExist without one."""
    return from_row(LabRun.objects.defer("result").get(pk=run_id))


def missed(run_id: UUID, after: int, until: int) -> list[RunEvent]:
    """Return the rows of the events after a number, up to and with another."""
    rows = RunEvent.objects.filter(run_id=run_id, seq__gt=after, seq__lte=until)
    return list(rows.order_by("seq"))
