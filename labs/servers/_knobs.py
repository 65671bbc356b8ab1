"""The knobs that several servers have: one name, one label and one unit for one thing.

A driver says what its default is, how far it may go, and what its server calls it.
"""

from typing import Any

from labs.bench.contracts.settings import number


def processes(default: int, high: int, help: str) -> Any:
    return number(default, 1, high, label="Processes", help=help)


def threads(default: int, high: int, help: str, *, low: int = 1) -> Any:
    return number(default, low, high, label="Threads", help=help)


def max_connections(default: int, high: int, help: str, *, low: int = 1) -> Any:
    return number(default, low, high, label="Connection limit", help=help)


def backlog(default: int, setting: str) -> Any:
    """`setting` is what the server calls it, or where it is described."""
    help = f"How many connections may wait to be accepted ({setting})."
    return number(default, 1, 4096, label="Backlog", help=help)


def timeout_s(default: int, low: int, help: str) -> Any:
    return number(default, low, 300, label="Timeout", unit="s", help=help)


def keep_alive_s(default: int, high: int, help: str) -> Any:
    return number(default, 1, high, label="Keep-alive", unit="s", help=help)


def header_timeout_s(default: int, low: int, high: int, help: str) -> Any:
    return number(default, low, high, label="Header timeout", unit="s", help=help)
