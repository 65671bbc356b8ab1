"""The board: a cell for each process of the server, as it is published and stored.

What the fields mean is said in docs/formats.md, "Events".
"""

from typing import Any, TypedDict

# [tid, CPU percent, switches/s] of a thread that ran since the observation before.
ActiveThread = list[Any]


class TaskGroup(TypedDict):
    """The threads of a process that are blocked in the same system call."""

    state: str
    call: str
    meaning: str
    tids: list[int]


class Cell(TypedDict):
    """One process, with its numbers as the sandbox has them."""

    pid: int
    parent: int
    name: str
    threads: int
    state: str
    rss_bytes: int
    pss_bytes: int | None
    open_files: int | None
    connections: int | None
    clients: list[int]
    cpu_percent: float
    switches_per_s: float
    waiting_in: dict[str, int]
    tasks: list[TaskGroup]
    active: list[ActiveThread]


# Of a cell that was known: its `pid`, and those of the other fields that are new.
CellChange = dict[str, Any]


class BoardDelta(TypedDict):
    """What changed since the update before."""

    changed: list[CellChange]
    gone: list[int]


Board = list[Cell]
BoardUpdate = Board | BoardDelta
