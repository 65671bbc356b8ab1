"""What people read on a run while it goes on, made here alone.

The page is rendered with these words, and each event on its way to a browser carries
those that it changes, so that a script has only to put them in their places. They
follow from the events up to that one and from nothing else, and are therefore made
when they are sent, not stored.
"""

from collections.abc import Mapping
from typing import Any

from labs.bench.contracts.scenario import Scenario
from labs.models import LabRun
from labs.presentation import inside_view
from labs.presentation.charts import ChartWords, ProbeWords
from labs.presentation.number_format import fixed
from labs.presentation.run_state import RunState

Words = dict[str, Any]

_STATUS_LABELS = dict(LabRun._meta.get_field("status").flatchoices)


class RunWords:
    """The words of a run that stands at `state`, kept up with it event by event.

    Words: `texts` (name of a place on the page -> its text) replace what stood there;
    `timeline`, `log_time` and `cells` (chart -> a row of its table) are added to it;
    `board` is an update of the processes' table (`inside_view.BoardRows`).
    """

    def __init__(self, state: RunState, scenario: Scenario | None) -> None:
        self._state = state
        charts = scenario.charts if scenario else ()
        self._charts = [ChartWords(chart) for chart in charts]
        for chart in self._charts:
            chart.add_columns(state.series)
        self._probes = ProbeWords() if scenario and scenario.has_probe else None
        if self._probes:
            self._probes.add(state.probes)
        self._board = inside_view.BoardRows()
        self._board.update(state.board)

    def whole(self) -> Words:
        """Return all that is read now, but for what the page lists as history."""
        state = self._state
        return {
            "texts": self._texts_of_status() | self._texts_of_ticks(),
            "timeline": [timeline_line(phase) for phase in state.phases],
            "board": self._board.whole(),
        }

    def after(self, kind: str, t_s: float, payload: Mapping[str, Any]) -> Words:
        """Fold the next event into the state; return the words that it changes."""
        self._state.fold(kind, t_s, payload)
        if kind == "tick":
            return self._after_tick(payload)
        if kind == "log":
            return {"texts": {"time": seconds(t_s)}, "log_time": log_time(t_s)}
        words: Words = {"texts": self._texts_of_status()}
        if kind == "status":
            words["timeline"] = [timeline_line(self._state.phases[-1])]
        return words

    def _after_tick(self, payload: Mapping[str, Any]) -> Words:
        state = self._state
        cells = {
            chart.slug: chart.row(state.t_s, payload["values"])
            for chart in self._charts
        }
        if self._probes:
            self._probes.add(payload["probes"])
        words = {"texts": self._texts_of_ticks(), "cells": cells}
        if board := self._board.update(state.board):
            words["board"] = board
        return words

    def _texts_of_status(self) -> dict[str, str]:
        state = self._state
        return {
            "status": _STATUS_LABELS[state.status],
            "time": seconds(state.t_s),
            # The outcome, which stands below, says how it ended.
            "sentence": "" if state.is_over else state.sentence,
        }

    def _texts_of_ticks(self) -> dict[str, str]:
        state = self._state
        texts = {
            "time": seconds(state.t_s),
            "inside": inside_view.summary(state.series),
        }
        if self._probes:
            texts["probe-summary"] = self._probes.sentence()
        for chart in self._charts:
            texts[f"chart-{chart.slug}"] = chart.sentence()
        return texts


def seconds(t_s: float) -> str:
    """Write how far a run has come; nothing before it began."""
    return f"{fixed(t_s, 1)} s" if t_s else ""


def log_time(t_s: float) -> str:
    """Write when a line of the event log was written."""
    return f"{fixed(t_s, 2)} s"


def timeline_line(phase: Mapping[str, Any]) -> str:
    """Say when a phase began, and what happens in it."""
    return f"{fixed(phase['t_s'], 1)} s {phase['sentence'] or phase['phase']}"


def queue_sentence(queue: Mapping[str, int]) -> str:
    """Say where a waiting run stands."""
    return (
        f"Number {queue['position']} in the queue; about "
        f"{queue['expected_wait_s']} s to wait."
    )
