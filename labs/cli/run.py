"""`lab run`: one run from the command line, without a database."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TextIO

from labs.bench.contracts.errors import SpecError, Unavailable
from labs.bench.contracts.events import Event, FinishedEvent
from labs.bench.contracts.spec import Spec
from labs.cli import exit_codes, timed_commands
from labs.cli.output_file import check_path, stream_beside, write
from labs.cli.progress import on_stream
from labs.cli.runner_child import RunnerChild
from labs.cli.timed_commands import CommandSchedule, TimedCommand
from labs.plugins import registry
from labs.plugins.registry import Resolved


@dataclass(frozen=True)
class RunRequest:
    """What was asked for. `json_to` is a path, "-" for standard output, or empty."""

    server: str
    scenario: str
    params: Sequence[str] = ()  # NAME=VALUE
    knobs: Sequence[str] = ()
    seed: int = 1
    json_to: str = ""
    quiet: bool = False
    at: Sequence[str] = ()  # SECONDS:COMMAND, as labs/cli/timed_commands.py reads them


def run(wanted: RunRequest, out: TextIO | None = None) -> int:
    """Run, show it, return the exit code. SpecError comes before anything starts."""
    commands = timed_commands.parse(wanted.at)
    resolved = prepare(wanted)
    check_path(wanted.json_to)
    out = out or stream_beside(wanted.json_to)
    finished = follow(resolved, out, quiet=wanted.quiet, commands=commands)
    lost = exit_codes.FINISHED
    if finished is not None and finished["result"] is not None:
        lost = write(finished["result"], wanted.json_to)
    return lost or exit_codes.for_event(finished)


def prepare(wanted: RunRequest) -> Resolved:
    """Look up what was asked for; SpecError, or Unavailable, before anything starts."""
    resolved = registry.resolve(_spec(wanted))
    found = registry.availability(resolved.driver)
    if not found.available:
        raise Unavailable(f"{found.reason}. {found.how_to_get}")
    return resolved


def _spec(wanted: RunRequest) -> Spec:
    return Spec.from_dict(
        {
            "server": wanted.server,
            "scenario": wanted.scenario,
            "params": pairs("--set", wanted.params),
            "knobs": pairs("--knob", wanted.knobs),
            "seed": wanted.seed,
        }
    )


def pairs(flag: str, words: Sequence[str]) -> dict[str, str]:
    """Read the words of a flag; SpecError for one that is not NAME=VALUE."""
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise SpecError(f"{flag} must be NAME=VALUE, not {word[:60]!r}")
        found[name] = value
    return found


def follow(
    resolved: Resolved,
    out: TextIO,
    *,
    quiet: bool,
    commands: Sequence[TimedCommand] = (),
) -> FinishedEvent | None:
    """Run it once and show it; return the last event, None if there was none."""
    with on_stream(out, resolved.scenario, quiet=quiet) as progress:
        finished = play(resolved.spec, progress.show, commands)
        progress.end(finished)
    return finished


def play(
    spec: Spec, show: Callable[[Event], None], commands: Sequence[TimedCommand] = ()
) -> FinishedEvent | None:
    """Let a runner carry out a spec, and commands on the way; return its last event,
    None if it gave none."""
    last: Event | None = None
    with RunnerChild(spec) as child:
        schedule = CommandSchedule(commands, child.send)
        for event in child.events():
            show(event)
            schedule.on_event(event)
            last = event
    return last if last is not None and last["type"] == "finished" else None
