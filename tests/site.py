"""A site of its own, started as script/server starts it, for tests and benchmarks."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
_START_S = 60.0


class Site:
    """Runs until `end`, with its data under `data`; what it prints is in `said`."""

    def __init__(
        self, data: Path, *, flags: Sequence[str] = (), **environment: str
    ) -> None:
        ours = {k: v for k, v in os.environ.items() if not k.startswith("CONCSITE_")}
        self.environment = ours | {"CONCSITE_DATA": str(data)} | environment
        # A shell without job control lets what it starts beside itself ignore SIGINT.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        # A file and not a pipe: nobody reads on while the site serves.
        self._log = data / f"site{'-'.join(['', *flags])}.log"
        self._log.unlink(missing_ok=True)
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "concsite.serve", "--port", "0", *flags],
                cwd=CHECKOUT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        """What it has printed so far."""
        return self._log.read_text()

    def wait_for_address(self) -> str:
        """Return its address, with a slash at the end, once it answers there."""
        until_s = time.monotonic() + _START_S
        while time.monotonic() < until_s and self.process.poll() is None:
            if found := re.search(r"Concsite is at (\S+)", self.said):
                return found[1]
            time.sleep(0.02)
        self.process.kill()
        raise AssertionError(f"The site did not start: {self.said}")

    def manage(self, *words: str, given: str | None = None) -> str:
        """Run manage.py on the same data; return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=CHECKOUT,
            env=self.environment,
            capture_output=True,
            text=True,
            input=given,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait; return the exit code."""
        self.process.send_signal(number)
        try:
            return self.process.wait(timeout=20)
        finally:
            self.process.kill()
