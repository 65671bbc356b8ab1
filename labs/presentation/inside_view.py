"""What the server's processes and its port do, in words, for a table and a summary."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labs.bench.contracts.board import Cell
from labs.bench.observer.sock_diag import STATES
from labs.presentation.number_format import number

_ORDINARY = "SR"  # asleep and can be woken, or running: the words say it already
_RUNNING = "running"
_BRANCH, _STEP = "└\u00a0", "\u00a0\u00a0\u00a0"
_NOTHING = "–"
_STATES = (*STATES.values(), "time_wait")


@dataclass(frozen=True)
class _BoardRow:
    """A row, and what it was made from."""

    depth: int
    cell: Cell
    texts: list[str]


class BoardRows:
    """The table of processes, and what changes in it from tick to tick.

    An update is {"order": [pid, ...], "rows": [[pid, text, ...], ...]}: `order` is left
    out where it is as before, and only rows that read differently are in `rows`. Most
    processes of a large server do nothing in a tick, and cost nothing here then.
    """

    def __init__(self) -> None:
        self._rows: dict[int, _BoardRow] = {}  # in the order of the table

    def update(self, board: Iterable[Cell]) -> dict[str, Any]:
        """Take the board of the next tick; return the update, empty without changes."""
        before, self._rows = self._rows, {}
        changed = []
        for depth, cell in in_tree(board):
            pid = cell["pid"]
            row = before.get(pid)
            if row is None or row.depth != depth or row.cell != cell:
                texts = row_texts(depth, cell)
                if row is None or row.texts != texts:
                    changed.append([pid, *texts])
                row = _BoardRow(depth, cell, texts)
            self._rows[pid] = row
        update: dict[str, Any] = {"rows": changed} if changed else {}
        if list(before) != list(self._rows):
            update["order"] = list(self._rows)
        return update

    def whole(self) -> dict[str, Any]:
        """Return the update that draws the table from nothing."""
        rows = [[pid, *row.texts] for pid, row in self._rows.items()]
        return {"order": list(self._rows), "rows": rows}


def row_texts(depth: int, cell: Cell) -> list[str]:
    """Return a process's row: its name at its place in the tree, and what it does."""
    return [
        f"{branch(depth)}{cell['name']} {cell['pid']}",
        number(cell["threads"]),
        doing(cell),
        f"{number(cell['cpu_percent'])} %",
        number(cell.get("switches_per_s")),
        mebibytes(cell["rss_bytes"]),
        mebibytes(cell.get("pss_bytes")),
        number(cell.get("open_files")),
        number(cell.get("connections")),
    ]


def in_tree(board: Iterable[Cell]) -> list[tuple[int, Cell]]:
    """Return (depth, cell) in the order of the tree; a child follows its parent."""
    cells = list(board)
    present = {cell["pid"] for cell in cells}
    below: dict[int | None, list[Cell]] = {}
    for cell in cells:
        parent = cell.get("parent")
        below.setdefault(parent if parent in present else None, []).append(cell)
    ordered, waiting = [], [(0, cell) for cell in reversed(below.get(None, []))]
    while waiting:
        depth, cell = waiting.pop()
        ordered.append((depth, cell))
        waiting += [(depth + 1, each) for each in reversed(below.get(cell["pid"], []))]
    return ordered


def branch(depth: int) -> str:
    """Return what stands before a process's name at that depth of the tree."""
    return _STEP * (depth - 1) + _BRANCH if depth else ""


def doing(cell: Cell) -> str:
    """Say what a process's threads do: "30 idle in the pool (futex), 2 ..."."""
    counts: Counter[str] = Counter()
    for group in cell.get("tasks", ()):
        counts[phrase(group)] += len(group["tids"])
    if "tasks" not in cell:  # a run of an earlier version
        counts.update(cell["waiting_in"])
    if counts.total() == 1:
        return next(iter(counts))
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{number(count)} {words}" for words, count in ordered)


def phrase(group: Mapping[str, Any]) -> str:
    """Say what one group of threads does, and how the system says it."""
    details = [] if group["call"] == _RUNNING else [group["call"]]
    if group["state"] not in _ORDINARY:
        details.append(f"state {group['state']}")
    meaning: str = group["meaning"]
    return f"{meaning} ({', '.join(details)})" if details else meaning


def mebibytes(value: float | None) -> str:
    """Write a number of bytes in MiB."""
    return _NOTHING if value is None else f"{number(value / 2**20)} MiB"


def summary(series: Mapping[str, Sequence[Any]]) -> str:
    """Say in a few sentences where the server and its port stood at the last tick."""
    now = {name: column[-1] for name, column in series.items() if column}
    if now.get("connections_served") is None:
        return ""

    def say(name: str) -> str:
        return number(now.get(name))

    states = [name for name in _STATES if now.get(f"tcp_{name}")]
    by_state = ", ".join(f"{say(f'tcp_{name}')} {name}" for name in states)
    return (
        f"In all {mebibytes(now.get('server_pss_bytes'))} of memory, shared pages "
        f"counted once (PSS), {say('server_open_files')} open files and "
        f"{say('server_switches_per_s')} context switches a second. "
        f"Connections: {say('connections_served')} with the server, "
        f"{say('connections_waiting')} in the kernel and not accepted. "
        f"Accept queue: {say('accept_queue')} of {say('accept_queue_limit')}; "
        f"{say('listen_overflows')} overflows since the start. "
        f"By TCP state: {by_state or 'none'}."
    )
