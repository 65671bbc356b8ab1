"""The commands a run takes while it goes on: stop, set a load, kill a process."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

STOP, SET, KILL = "stop", "set", "kill"
TARGETS = ("worker", "server")
# More than any scenario's own bound, and than the generator was seen to reach.
MAX_CONNECTIONS, MAX_PER_S = 50_000, 200_000


@dataclass(frozen=True)
class Command:
    """What was asked for, checked: its name, and the values that go with it."""

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)


def read_command(line: bytes) -> Command | None:
    """Return the command in a line of JSON; None if it is not one.

    {"command":"stop"}, {"command":"kill","target":"worker"|"server"},
    {"command":"set","connections":N} or {"command":"set","rate_per_s":X}
    """
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):  # json recurses as deep as a line is nested
        return None
    if not isinstance(values, dict):
        return None
    name = values.pop("command", None)
    if name == STOP and not values:
        return Command(STOP)
    if name == KILL and values.get("target") in TARGETS and len(values) == 1:
        return Command(KILL, values)
    if name == SET and len(values) == 1 and _within_bounds(values):
        return Command(SET, values)
    return None


def _within_bounds(values: dict[str, Any]) -> bool:
    ((name, value),) = values.items()
    # To Python a bool is an int: true would be 1.
    if isinstance(value, bool):
        return False
    if name == "connections":
        return isinstance(value, int) and 1 <= value <= MAX_CONNECTIONS
    if name == "rate_per_s":
        return isinstance(value, int | float) and 0.1 <= value <= MAX_PER_S
    return False
