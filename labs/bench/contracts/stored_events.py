"""The events that a result document stores: what happened, and what was done to it.

Phases and lines of the log are printed by the runner as well (`events`).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NotRequired, TypedDict

# [due_s, outcome, latency_ms or null]; and late_ms if the prober was too late to say.
ProbeRow = Sequence[Any]


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


StoredEvent = (
    ProbeEvent | LogEvent | StatusEvent | CommandEvent | ActionEvent | ServerEvent
)


def probe_event(row: ProbeRow, client: str = "") -> ProbeEvent:
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


def command_event(
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
