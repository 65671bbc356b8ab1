"""A fake in a process of its own, so that its clock is not the test's business.

Run as a program it is that process: it prints its port, serves until its standard input
ends, and prints its record.
"""

from __future__ import annotations

import gc
import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.calibration import fakes

CHECKOUT = Path(__file__).resolve().parents[2]
_PATIENCE_S = 20.0  # a safety net: what takes longer has gone wrong


@contextmanager
def ahead_of_others() -> Iterator[None]:
    """Let this process have a processor as soon as it wants one, if its user may.

    On a machine that is busy with something else, that is what decides how late it is.
    """
    first = os.sched_param(1)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, first)
    except PermissionError:
        yield
        return
    try:
        yield
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


class Serving:
    """A fake that runs elsewhere, at `port`; `record` is there once it was ended."""

    def __init__(self, kind: str, settings: dict[str, Any]) -> None:
        command = [sys.executable, "-m", __name__, kind, json.dumps(settings)]
        self._process = subprocess.Popen(
            command,
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self._process.stdout.readline())
        self.record: dict[str, Any] = {}

    def end(self) -> dict[str, Any]:
        """End it and return its record; a second time it is only returned."""
        if not self.record:
            told, _ = self._process.communicate(timeout=_PATIENCE_S)
            self.record = json.loads(told)
        return self.record

    def kill(self) -> None:
        """End it, whatever it is doing."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


@contextmanager
def serving(kind: type[fakes.Fake], **settings: Any) -> Iterator[Serving]:
    """Run a fake with these settings for as long as the block lasts."""
    server = Serving(kind.__name__, settings)
    try:
        yield server
    finally:
        server.kill()


def _serve(kind: str, settings: dict[str, Any]) -> None:
    fake = fakes.KINDS[kind](**settings)
    gc.freeze()  # no pause for what a short life does not need collected
    gc.disable()
    fake.watch(sys.stdin.fileno())
    print(fake.port, flush=True)
    with ahead_of_others():
        while not select.select([sys.stdin], [], [], 0)[0]:
            fake.step(1.0)
    print(json.dumps(fake.record()))
    fake.close()


if __name__ == "__main__":
    _serve(sys.argv[1], json.loads(sys.argv[2]))
