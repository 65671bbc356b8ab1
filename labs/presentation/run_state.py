"""A run as it stands after its events so far. Pure: events in, columns out."""

from collections.abc import Mapping
from typing import Any

from labs.bench.contracts.board import Cell
from labs.bench.contracts.events import Status
from labs.bench.observer.board import fold


class RunState:
    """Folds a run's events, in order.

    `series` holds a column for each measured value, with an entry for every tick.
    """

    def __init__(self) -> None:
        self.t_s = 0.0
        self.status = str(Status.QUEUED)
        self.phase = self.sentence = self.reason = self.message = ""
        self.verdict: str | None = None
        self.verdict_sentence = ""
        self.series: dict[str, list[Any]] = {"t_s": []}
        self.phases: list[dict[str, Any]] = []
        self.probes: list[list[Any]] = []
        self.board: list[Cell] = []
        self.log: list[dict[str, Any]] = []

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return Status(self.status).is_terminal

    def fold(self, kind: str, t_s: float, payload: Mapping[str, Any]) -> None:
        """Take the next event into account."""
        self.t_s = t_s
        if kind == "tick":
            self._fold_tick(t_s, payload)
        elif kind == "log":
            self.log.append({"t_s": t_s, **payload})
        elif kind == "status":
            self.phases.append({"t_s": t_s, **payload})
            self.status, self.phase = payload["status"], payload["phase"]
            self.sentence = payload["sentence"]
        elif kind == "finished":
            self.status, self.phase = payload["status"], ""
            self.reason, self.message = payload["reason"], payload["message"]
            self.verdict = payload["verdict"]
            self.verdict_sentence = payload["verdict_sentence"]

    def _fold_tick(self, t_s: float, payload: Mapping[str, Any]) -> None:
        times, values = self.series["t_s"], payload["values"]
        for name in self.series.keys() | values.keys():
            if name != "t_s":
                column = self.series.setdefault(name, [None] * len(times))
                column.append(values.get(name))
        times.append(t_s)
        self.probes += payload["probes"]
        self.board = fold(self.board, payload["board"])
