"""Commands that a user gives beforehand, for an instant of the run: `lab run --at`.

5:set connections=64    5:set rate_per_s=200    8.5:kill worker    9:kill server
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from labs.bench.contracts.commands import MAX_CONNECTIONS, MAX_PER_S, SET, read_command
from labs.bench.contracts.errors import SpecError
from labs.bench.contracts.events import Event

_USAGE = (
    f"SECONDS:set connections=1..{MAX_CONNECTIONS}, "
    f"SECONDS:set rate_per_s=0.1..{MAX_PER_S}, SECONDS:kill worker, "
    "SECONDS:kill server or SECONDS:stop"
)


@dataclass(frozen=True)
class TimedCommand:
    """A command as the runner takes it, and when: seconds since the run began."""

    at_s: float
    line: str


def parse(words: Sequence[str]) -> list[TimedCommand]:
    """Read `--at` words, in the order of their time. SpecError for what is none."""
    return sorted(map(_parse, words), key=lambda timed: timed.at_s)


def _parse(word: str) -> TimedCommand:
    at, _, command = word.partition(":")
    line = json.dumps(_as_json(command.split()))
    try:
        at_s = float(at)
    except ValueError:
        at_s = -1.0
    if not 0 <= at_s < float("inf") or read_command(line.encode()) is None:
        raise SpecError(f"--at must be {_USAGE}, not {word[:60]!r}")
    return TimedCommand(at_s, line)


def _as_json(words: Sequence[str]) -> dict[str, object]:
    name, *rest = words or [""]
    command: dict[str, object] = {"command": name}
    if name == SET and len(rest) == 1:
        field, _, value = rest[0].partition("=")
        command[field] = _number(value)
    elif rest:
        command["target"] = " ".join(rest)
    return command


def _number(text: str) -> int | float | None:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return None


class CommandSchedule:
    """Gives the commands when a run has come that far, by the times of its events,
    of which there are five a second."""

    def __init__(
        self, commands: Sequence[TimedCommand], send: Callable[[str], None]
    ) -> None:
        self._left, self._send = list(commands), send

    def on_event(self, event: Event) -> None:
        """Take an event; give what is due."""
        while self._left and self._left[0].at_s <= event["t_s"]:
            self._send(self._left.pop(0).line)
