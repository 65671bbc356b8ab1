"""What a phase offers to the server: values only, carried out by the generator.

*Loop* loads send requests and count each one's end; *held* loads keep connections open
that never ask anything, or never finish.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeGuard, cast

from labs.bench.contracts.protocol import Operation
from labs.bench.contracts.result_document import LoadEntry

CONSTANT, POISSON = "constant", "poisson"


@dataclass(frozen=True)
class ClosedLoop:
    """`connections` virtual clients, each asking `think_s` after its last answer.

    With `pipeline` requests each asks for so many at a time, on one connection, and
    again when all are answered. With `once` each asks a single time, all at the same
    instant. A connection that is not established within `connect_timeout_s`, or an
    answer that is not there `timeout_s` after it was due, ends the attempt.
    """

    connections: int
    operation: Operation = Operation()
    keep_alive: bool = True
    timeout_s: float = 10.0
    connect_timeout_s: float = 10.0
    think_s: float = 0.0
    pipeline: int = 1
    once: bool = False


@dataclass(frozen=True)
class OpenLoop:
    """Requests that fall due `rate_per_s` times a second, whatever became of others.

    `arrivals` is constant (evenly spaced) or poisson (independent, from the run's
    seed). With `to_rate_per_s` the rate changes linearly to that over the phase. Each
    takes a connection that is idle, or a new one while there are fewer than
    `connections`; else it waits for one, and its latency counts from when it was due.
    """

    rate_per_s: float
    operation: Operation = Operation()
    arrivals: str = POISSON
    to_rate_per_s: float | None = None
    connections: int = 1000
    keep_alive: bool = True
    timeout_s: float = 10.0
    connect_timeout_s: float = 10.0


@dataclass(frozen=True)
class SlowHeads:
    """`connections` slow clients that never finish a request head (Slowloris).

    A phase that names a higher number than the one before it opens the difference; a
    lower one closes the difference. Every `interval_s` each sends one more header line.
    """

    connections: int
    interval_s: float = 5.0


@dataclass(frozen=True)
class SlowBodies:
    """`connections` slow clients that send a body one byte every `interval_s`.

    The head is complete and announces `body_bytes` (R.U.D.Y., slow POST).
    """

    connections: int
    interval_s: float = 5.0
    body_bytes: int = 1_000_000


@dataclass(frozen=True)
class SlowReads:
    """`connections` slow clients that ask for `answer_bytes` and hardly take them.

    Each reads `read_bytes` every `interval_s`; its receive buffer is as small as the
    kernel allows, so that the rest waits in the server.
    """

    connections: int
    interval_s: float = 5.0
    answer_bytes: int = 1_000_000
    read_bytes: int = 32


@dataclass(frozen=True)
class IdleConnections:
    """`connections` clients that keep a connection open and say nothing.

    With `ask_first` each has one small request answered before, as a browser that keeps
    its connection does; else nothing is ever sent.
    """

    connections: int
    ask_first: bool = True


Loop = ClosedLoop | OpenLoop
Held = SlowHeads | SlowBodies | SlowReads | IdleConnections
Load = Loop | Held

TYPES: Mapping[type[Load], str] = {
    ClosedLoop: "closed_loop",
    OpenLoop: "open_loop",
    SlowHeads: "slow_heads",
    SlowBodies: "slow_bodies",
    SlowReads: "slow_reads",
    IdleConnections: "idle_connections",
}


def is_loop(load: Load | None) -> TypeGuard[Loop]:
    """Whether a load's requests are counted one by one."""
    return isinstance(load, ClosedLoop | OpenLoop)


def adjusted(
    load: Load | None, connections: int | None, rate_per_s: float | None
) -> Load | None:
    """Return the load with another number; None where it has no such number."""
    if rate_per_s is not None and isinstance(load, OpenLoop):
        return replace(load, rate_per_s=rate_per_s, to_rate_per_s=None)
    if connections is not None and load is not None:
        return replace(load, connections=connections)
    return None


def as_json(load: Load | None) -> LoadEntry | None:
    """Describe a load for the result document."""
    if load is None:
        return None
    return cast(LoadEntry, {"type": TYPES[type(load)], **asdict(load)})


def from_json(data: Mapping[str, Any] | None) -> Load | None:
    """Read what `as_json` wrote. KeyError for a type that there is not."""
    if data is None:
        return None
    values = dict(data)
    kind = {name: load for load, name in TYPES.items()}[values.pop("type")]
    if "operation" in values:
        values["operation"] = Operation(**values["operation"])
    return kind(**values)
