"""The inside view in words, for a table; static/js/inside.js writes the same."""

from collections import Counter

from labs.bench.observer.sock_diag import STATES
from labs.presentation.number_format import number

_ORDINARY = "SR"  # asleep and can be woken, or running: the words say it already
_RUNNING = "running"
_BRANCH, _STEP = "└\u00a0", "\u00a0\u00a0\u00a0"
_NOTHING = "–"


def rows(board):
    """Return the rows of the board's table: each process below the one that made it.

    `name` has the branch of the tree before it, `doing` says what its threads do.
    """
    return [
        {
            "name": f"{branch(depth)}{cell['name']} {cell['pid']}",
            "cells": [
                number(cell["threads"]),
                doing(cell),
                f"{number(cell['cpu_percent'])} %",
                number(cell.get("switches_per_s")),
                mebibytes(cell["rss_bytes"]),
                mebibytes(cell.get("pss_bytes")),
                number(cell.get("open_files")),
                number(cell.get("connections")),
            ],
        }
        for depth, cell in in_tree(board)
    ]


def in_tree(board):
    """Return (depth, cell) in the order of the tree; a child follows its parent."""
    present = {cell["pid"] for cell in board}
    below = {}
    for cell in board:
        parent = cell.get("parent")
        below.setdefault(parent if parent in present else None, []).append(cell)
    ordered, waiting = [], [(0, cell) for cell in reversed(below.get(None, []))]
    while waiting:
        depth, cell = waiting.pop()
        ordered.append((depth, cell))
        waiting += [(depth + 1, each) for each in reversed(below.get(cell["pid"], []))]
    return ordered


def branch(depth):
    """Return what stands before a process's name at that depth of the tree."""
    return _STEP * (depth - 1) + _BRANCH if depth else ""


def doing(cell):
    """Say what a process's threads do: "30 idle in the pool (futex), 2 ..."."""
    counts = Counter()
    for group in cell.get("tasks", ()):
        counts[phrase(group)] += len(group["tids"])
    if "tasks" not in cell:  # a run of an earlier version
        counts.update(cell["waiting_in"])
    if counts.total() == 1:
        return next(iter(counts))
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{number(count)} {words}" for words, count in ordered)


def phrase(group):
    """Say what one group of threads does, and how the system says it."""
    said = [] if group["call"] == _RUNNING else [group["call"]]
    if group["state"] not in _ORDINARY:
        said.append(f"state {group['state']}")
    return f"{group['meaning']} ({', '.join(said)})" if said else group["meaning"]


def mebibytes(value):
    """Write a number of bytes in MiB."""
    return _NOTHING if value is None else f"{number(value / 2**20)} MiB"


def summary(series):
    """Say in a few sentences where the server and its port stood at the last tick."""
    now = {name: column[-1] for name, column in series.items() if column}
    if now.get("connections_served") is None:
        return ""
    states = {name: now.get(f"tcp_{name}") for name in (*STATES.values(), "time_wait")}
    named = [f"{number(value)} {name}" for name, value in states.items() if value]
    say = {name: number(value) for name, value in now.items()}
    return (
        f"In all {mebibytes(now['server_pss_bytes'])} of memory, shared pages counted "
        f"once (PSS), {say['server_open_files']} open files and "
        f"{say['server_switches_per_s']} context switches a second. "
        f"Connections: {say['connections_served']} with the server, "
        f"{say['connections_waiting']} in the kernel and not accepted. "
        f"Accept queue: {say['accept_queue']} of {say['accept_queue_limit']}; "
        f"{say['listen_overflows']} overflows since the start. "
        f"By TCP state: {', '.join(named) or 'none'}."
    )
