"""What happens in a run, as JSON objects with `type` and `t_s`.

`t_s` is seconds since the run began, on a monotonic clock. A runner prints one object
to a line; the result document stores those that are no ticks, and with them what was
done to the run.

    printed and stored   status    status, phase, sentence         a phase begins
                         log       source, level, text             a line of the log
    printed              tick      values, probes, board           every 200 ms
                         finished  status, reason, message, result the last line
    stored               probe     outcome, latency_ms             an honest request
                         command   command, values, done, refused  from upstream
                         action    action, target, done, sentence  of the plan, or kill
                         server    state                           its end, a restart

The fields are described in docs/architecture.md. The sequence number is given later, by
the one who stores the event.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, NotRequired, TypedDict

from labs.bench.contracts.board import BoardUpdate
from labs.bench.contracts.outcomes import Outcome

if TYPE_CHECKING:  # the document stores events, and `finished` carries the document
    from labs.bench.contracts.result_document import ResultDocument

TICK_S = 0.2

# [due_s, outcome, latency_ms or null]; and late_ms if the prober was too late to say.
ProbeRow = Sequence[Any]
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


class StatusEvent(TypedDict):
    """A phase begins."""

    type: Literal["status"]
    t_s: float
    status: str
    phase: str
    sentence: str


class LogEvent(TypedDict):
    """A line of the log: of the server, of the lab itself or of the load."""

    type: Literal["log"]
    t_s: float
    source: str
    level: str
    text: str


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


class ProbeEvent(TypedDict):
    """An honest request that came to an end; `t_s` is when it was due.

    `late_ms`: so long the prober was away meanwhile, so that the probe says nothing.
    `client` is absent for the usual honest client.
    """

    type: Literal["probe"]
    t_s: float
    outcome: str
    latency_ms: float | None
    late_ms: NotRequired[float]
    client: NotRequired[str]


class CommandEvent(TypedDict):
    """A command from upstream, and whether it was carried out.

    Results from before refusals were stored have neither `done` nor `refused`.
    """

    type: Literal["command"]
    t_s: float
    command: str
    values: NotRequired[Mapping[str, Any]]
    done: NotRequired[bool]
    refused: NotRequired[str]


class ActionEvent(TypedDict):
    """What was done to the server; `pid` and `connections` are of a process killed."""

    type: Literal["action"]
    t_s: float
    action: str
    target: str
    pid: int | None
    sentence: str
    done: NotRequired[bool]
    connections: NotRequired[int | None]


class ServerEvent(TypedDict):
    """The server ended, lost processes, or is started anew."""

    type: Literal["server"]
    t_s: float
    state: str
    processes: NotRequired[int]
    reason: NotRequired[str]
    sentence: NotRequired[str]
    knobs: NotRequired[Mapping[str, Any]]


Event = StatusEvent | LogEvent | TickEvent | FinishedEvent
StoredEvent = (
    ProbeEvent | LogEvent | StatusEvent | CommandEvent | ActionEvent | ServerEvent
)


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


def probe(row: ProbeRow, client: str = "") -> ProbeEvent:
    """Make the event of a probe that came to an end. `client` names the one who asked
    unless it is the usual honest client."""
    due_s, outcome, latency_ms, *late_ms = row
    event: ProbeEvent = {
        "type": "probe",
        "t_s": due_s,
        "outcome": outcome,
        "latency_ms": latency_ms,
    }
    if late_ms:
        event["late_ms"] = late_ms[0]
    if client:
        event["client"] = client
    return event


def command(
    t_s: float, name: str, values: Mapping[str, Any], refused: str
) -> CommandEvent:
    """Make the event of a command; `refused` says why it was not carried out."""
    return {
        "type": "command",
        "t_s": round(t_s, 4),
        "command": name,
        "values": dict(values),
        "done": not refused,
        "refused": refused,
    }


def is_answered(outcome: str) -> bool:
    """Whether a probe that ended in this way was answered."""
    return outcome == Outcome.OK


def encode(event: Event) -> bytes:
    """Write an event as one line; ValueError for NaN, which browsers cannot read."""
    return json.dumps(event, separators=(",", ":"), allow_nan=False).encode() + b"\n"
