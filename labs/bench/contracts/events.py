"""The lines a runner prints: one JSON object each, with `type` and `t_s`.

`t_s` is seconds since the run began, on a monotonic clock.

    status    status, phase, sentence            a phase begins
    log       source, level, text                source: server, lab, load
    tick      values, probes, board              every 200 ms (docs/formats.md)
    finished  status, reason, message, result    the last line; result may be null

The sequence number is given later, by the one who stores the event. The result document
has those that are no ticks, and more (`stored_events`).
"""

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Literal, TypedDict

from labs.bench.contracts.board import BoardUpdate
from labs.bench.contracts.result_document import ResultDocument
from labs.bench.contracts.stored_events import LogEvent, ProbeRow, StatusEvent

TICK_S = 0.2

TickValues = dict[str, float | None]


class Status(StrEnum):
    """Where a run is. It never says how the server did: that is the verdict."""

    QUEUED = "queued"
    STARTING = "starting"
    WARMING = "warming"
    MEASURING = "measuring"
    DRAINING = "draining"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"

    @property
    def is_terminal(self) -> bool:
        """Whether nothing comes after it."""
        return self in TERMINAL_STATUSES


TERMINAL_STATUSES = frozenset(
    {Status.FINISHED, Status.FAILED, Status.CANCELLED, Status.LOST}
)


class Verdict(StrEnum):
    """How the server did; null until a run finished."""

    HOLDS = "holds"
    DEGRADES = "degrades"
    DENIED = "denied"
    MEASURED = "measured"
    INCONCLUSIVE = "inconclusive"


class TickEvent(TypedDict):
    """What was observed in one interval."""

    type: Literal["tick"]
    t_s: float
    values: TickValues
    probes: Sequence[ProbeRow]
    board: BoardUpdate


class FinishedEvent(TypedDict):
    """The end, with the result if anything was measured."""

    type: Literal["finished"]
    t_s: float
    status: str
    reason: str
    message: str
    result: ResultDocument | None


Event = StatusEvent | LogEvent | TickEvent | FinishedEvent


def status(t_s: float, status: Status, phase: str, sentence: str) -> StatusEvent:
    """Make the event that opens a phase."""
    return {
        "type": "status",
        "t_s": round(t_s, 4),
        "status": str(status),
        "phase": phase,
        "sentence": sentence,
    }


def log(t_s: float, source: str, text: str, level: str = "info") -> LogEvent:
    """Make a line of the event log.

    `source` is server, lab or load; `level` is info, warning or error.
    """
    return {
        "type": "log",
        "t_s": round(t_s, 4),
        "source": source,
        "level": level,
        "text": text,
    }


def tick(
    t_s: float, values: TickValues, probes: Sequence[ProbeRow], board: BoardUpdate
) -> TickEvent:
    """Make the event of one interval; `probes` are those that ended in it."""
    return {
        "type": "tick",
        "t_s": round(t_s, 4),
        "values": values,
        "probes": probes,
        "board": board,
    }


def finished(
    t_s: float,
    status: Status,
    result: ResultDocument | None,
    reason: str = "",
    message: str = "",
) -> FinishedEvent:
    """Make the last event; `reason` and `message` are empty unless it went wrong."""
    return {
        "type": "finished",
        "t_s": round(t_s, 4),
        "status": str(status),
        "reason": reason,
        "message": message,
        "result": result,
    }


def encode(event: Event) -> bytes:
    """Write an event as one line; ValueError for NaN, which browsers cannot read."""
    return json.dumps(event, separators=(",", ":"), allow_nan=False).encode() + b"\n"
