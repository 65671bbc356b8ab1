"""A fake in a process of its own, and in real time: its clock is everybody's.

Run as a program it is that process: it prints its port, serves until its standard input
ends, and prints how long it took for each answer.
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

from tests.calibration.fakes import Steady

CHECKOUT = Path(__file__).resolve().parents[2]


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
    """A Steady that runs elsewhere, at `port`."""

    def __init__(self, service_s: float) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(service_s)],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self._process.stdout.readline())

    def end(self) -> list[float]:
        """End it; return how long each answer took it by its own clock, in seconds."""
        told, _ = self._process.communicate()
        return json.loads(told)

    def kill(self) -> None:
        """End it, whatever it is doing."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


@contextmanager
def steady(service_s: float) -> Iterator[Serving]:
    """Run a Steady for as long as the block lasts."""
    server = Serving(service_s)
    try:
        yield server
    finally:
        server.kill()


def _serve(service_s: float) -> None:
    fake = Steady(service_s)
    gc.freeze()  # no pause for what a short life does not need collected
    gc.disable()
    fake.watch(sys.stdin.fileno())
    print(fake.port, flush=True)
    with ahead_of_others():
        while not select.select([sys.stdin], [], [], 0)[0]:
            fake.step(1.0)
    fake.close()
    times = zip(fake.arrived_s, fake.answered_s, strict=True)
    print(json.dumps([end_s - start_s for start_s, end_s in times if end_s]))


if __name__ == "__main__":
    _serve(float(sys.argv[1]))
