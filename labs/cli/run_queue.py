"""Makes runs one after the other through the queue of the site, with a progress bar.

This process is one more dispatcher: where the site is running too, whichever of the two
claims a run first makes it, and either way it is recorded the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Sequence
from typing import TextIO

from channels.db import database_sync_to_async
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from labs.bench.claims.declaration import WantedRun
from labs.bench.contracts.events import Status
from labs.bench.run.schedule import longest_s, restarts
from labs.claims import evaluation
from labs.cli import exit_codes
from labs.execution import dispatcher
from labs.execution.cancellation import request_stop
from labs.models import LabRun
from labs.permissions.owners import NOBODY
from labs.plugins import registry

_POLL_S = 0.2
_START_S = 1.0  # a server's start and end, beside its plan


class RunQueue:
    """Makes runs; Ctrl-C stops the one under way, and no further one is begun."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._stopped = False
        self._code = exit_codes.FINISHED

    def make(self, wanted: Sequence[WantedRun]) -> int:
        """Make the runs; return an exit code: finished, the server failed in one, a
        fault of ours in one, or stopped."""
        if wanted:
            asyncio.run(self._make(wanted))
        return exit_codes.STOPPED if self._stopped else self._code

    async def _make(self, wanted: Sequence[WantedRun]) -> None:
        loop, self._changed = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop)
        with _bar(self._out, wanted) as show:
            for run in wanted:
                if self._stopped:
                    break
                await self._one(run, show)

    def _stop(self) -> None:
        self._stopped = True

    async def _one(self, wanted: WantedRun, show: Show) -> None:
        pk = await _enqueue(wanted)
        watching = asyncio.create_task(self._watch(pk, wanted, show))
        while not watching.done():
            await dispatcher.sweep()
            run, token = await dispatcher.claim()
            if run is not None:
                await dispatcher.supervise(run, token, self._changed)
            else:
                await asyncio.wait([watching], timeout=_POLL_S)
        row = watching.result()
        if row.status in (Status.FAILED, Status.LOST):
            self._code = exit_codes.worst(
                [self._code, exit_codes.for_failure(row.reason)]
            )

    async def _watch(self, pk: object, wanted: WantedRun, show: Show) -> LabRun:
        """Show the run as it goes on, and pass on a request to stop; return its row."""
        asked = False
        while not (row := await _row(pk)).is_terminal:
            show(wanted, row)
            if self._stopped and not asked:
                asked = True
                await _stop(row)
                self._changed.set()
            await asyncio.sleep(_POLL_S)
        show(wanted, row)
        return row


@database_sync_to_async
def _enqueue(wanted: WantedRun) -> object:
    return LabRun.objects.enqueue(NOBODY, evaluation.spec_of(wanted)).pk


@database_sync_to_async
def _row(pk: object) -> LabRun:
    return LabRun.objects.for_lists().get(pk=pk)


@database_sync_to_async
def _stop(row: LabRun) -> None:
    request_stop(row, "It was stopped before it began")


# --- what is shown --------------------------------------------------------------------

Show = Callable[[WantedRun, LabRun], None]


@contextlib.contextmanager
def _bar(out: TextIO, wanted: Sequence[WantedRun]):
    """Yield a function to call with each run as it goes on."""
    total_s = sum(map(expected_s, wanted))
    if not out.isatty():
        yield _lines(out, len(wanted))
        return
    columns = (
        TextColumn("{task.completed:.0f} of {task.total:.0f} s"),
        BarColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(file=out)) as progress:
        yield _on_terminal(progress, progress.add_task("", total=total_s))


def _on_terminal(progress: Progress, task: TaskID) -> Show:
    ended_s = 0.0

    def show(wanted: WantedRun, row: LabRun) -> None:
        nonlocal ended_s
        name = f"{wanted.scenario} on {wanted.name}"
        if row.is_terminal:
            ended_s += expected_s(wanted)
            progress.console.print(f"{name}: {_ending(row)}", highlight=False)
        progress.update(task, description=name, completed=ended_s)

    return show


def _lines(out: TextIO, total: int) -> Show:
    ended = 0

    def show(wanted: WantedRun, row: LabRun) -> None:
        nonlocal ended
        if row.is_terminal:
            ended += 1
            name = f"{wanted.scenario} on {wanted.name}"
            print(f"{ended} of {total}  {name}: {_ending(row)}", file=out, flush=True)

    return show


def _ending(row: LabRun) -> str:
    if row.verdict:
        return f"{row.verdict}. {row.verdict_sentence}"
    return f"{row.status}. {row.message}"


def expected_s(wanted: WantedRun) -> float:
    """Return how long a run takes at most, in seconds, if nothing goes wrong."""
    resolved = registry.resolve(evaluation.spec_of(wanted))
    plan = resolved.scenario.plan(resolved.params)
    return longest_s(plan) + _START_S * (1 + restarts(plan))
