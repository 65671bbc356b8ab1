"""`lab run`: one run from the command line, without a database."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from labs import registry
from labs.bench.errors import SpecError, Unavailable
from labs.bench.events import Event
from labs.bench.spec import Spec
from labs.cli import exits
from labs.cli.child import Child
from labs.cli.progress import Progress, on_stream


@dataclass(frozen=True)
class Wanted:
    """What was asked for. `json_to` is a path, "-" for standard output, or empty."""

    server: str
    scenario: str
    params: Sequence[str] = ()  # NAME=VALUE
    knobs: Sequence[str] = ()
    seed: int = 1
    json_to: str = ""
    quiet: bool = False


def run(wanted: Wanted, out: TextIO | None = None) -> int:
    """Run, show it, return the exit code. SpecError comes before anything starts."""
    resolved = registry.resolve(_spec(wanted))
    found = registry.availability(resolved.driver)
    if not found.available:
        raise Unavailable(f"{found.reason}. {found.how_to_get}")
    _check_path(wanted.json_to)
    # The document must be alone on standard output when it goes there.
    out = out or (sys.stderr if wanted.json_to == "-" else sys.stdout)
    with on_stream(out, resolved.scenario, quiet=wanted.quiet) as progress:
        finished = _follow(resolved.spec, progress)
        progress.end(finished)
    if finished is not None and finished["result"] is not None:
        _write(finished["result"], wanted.json_to)
    return exits.of(finished)


def _spec(wanted: Wanted) -> Spec:
    return Spec.from_dict(
        {
            "server": wanted.server,
            "scenario": wanted.scenario,
            "params": _pairs("--set", wanted.params),
            "knobs": _pairs("--knob", wanted.knobs),
            "seed": wanted.seed,
        }
    )


def _pairs(flag: str, words: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise SpecError(f"{flag} must be NAME=VALUE, not {word[:60]!r}")
        pairs[name] = value
    return pairs


def _follow(spec: Spec, progress: Progress) -> Event | None:
    last = None
    with Child(spec) as child:
        for event in child.events():
            progress.show(event)
            last = event
    return last if last is not None and last["type"] == "finished" else None


def _check_path(path: str) -> None:
    """Refuse before the run what could not be written after it."""
    if path in ("", "-"):
        return
    folder = Path(path).resolve().parent
    if Path(path).is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise SpecError(f"--json cannot be written to {path}")


def _write(document: dict[str, Any], path: str) -> None:
    """Write the result document as a whole or not at all."""
    text = json.dumps(document, indent=1, allow_nan=False) + "\n"
    if path == "-":
        with suppress(BrokenPipeError):
            sys.stdout.write(text)
            sys.stdout.flush()
    elif path:
        new = Path(f"{path}.{os.getpid()}")
        try:
            new.write_text(text)
            os.replace(new, path)
        finally:
            new.unlink(missing_ok=True)
