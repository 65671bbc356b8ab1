"""Starts a run's runner and reads its events; a signal becomes the stop command."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self

from labs.bench.contracts.events import Event
from labs.bench.contracts.spec import Spec

_CHECKOUT = Path(__file__).resolve().parents[2]
RUNNER = (sys.executable, "-m", "labs.runner")
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_END_S = 5.0  # for the runner to reap its sandbox once its input is closed


class RunnerChild:
    """A runner as a context: it has ended, and its sandbox with it, when that is left.

    Ctrl-C asks the run to stop, and it settles; a second one ends the runner at once.
    """

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._asked = False

    def __enter__(self) -> Self:
        # In a new session: the terminal sends Ctrl-C to its whole foreground process
        # group, and the runner must end its server first.
        self._process = subprocess.Popen(
            RUNNER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=_CHECKOUT,
            start_new_session=True,
        )
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None  # both are pipes
        self._commands, self._output = stdin, stdout
        self._handlers = {n: signal.signal(n, self._on_signal) for n in _SIGNALS}
        self.send(self._spec.to_json())
        return self

    def __exit__(self, *error: object) -> None:
        with suppress(OSError):
            self._commands.close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._output.close()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def events(self) -> Iterator[Event]:
        """Yield what the runner prints, up to and with `finished`."""
        for line in self._output:
            event = json.loads(line)
            yield event
            if event["type"] == "finished":
                return

    def send(self, line: str) -> None:
        """Send the runner a command, a line of JSON; one that has ended gets none."""
        with suppress(BrokenPipeError, ValueError):
            os.write(self._commands.fileno(), line.encode() + b"\n")

    def _on_signal(self, number: int, frame: object) -> None:
        if self._asked:
            self._process.kill()
        self._asked = True
        self.send('{"command":"stop"}')
