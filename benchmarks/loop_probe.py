"""Measures, within a site, for how long its event loop attends to nothing else.

No benchmark itself. A timer of 2 ms is late by as long as the loop was busy or its
thread without a processor; the thread's processor time in between tells the two apart.
"""

import json
import time
from pathlib import Path

from daphne.server import twisted_loop
from django.apps import AppConfig
from django.conf import settings

EVERY_S = 0.002
WRITE_EVERY_S = 0.5
KEPT = 20  # of the longest


class LoopProbeConfig(AppConfig):
    name = "benchmarks"

    def ready(self) -> None:
        """Let the probe begin with the loop."""
        _Probe(Path(settings.DATA_DIR) / "loop-probe.json").begin()


class _Probe:
    """Writes the longest times to a file; starts anew where that has been deleted."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def begin(self) -> None:
        self._late_ms: list[float] = []
        self._busy_ms: list[float] = []
        self._write()
        twisted_loop.call_soon(self._next)
        import os

        if os.environ.get("LOOP_DEBUG"):
            twisted_loop.set_debug(True)
            twisted_loop.slow_callback_duration = 0.02

    def _next(self) -> None:
        self._asked_s, self._cpu_s = time.monotonic(), time.thread_time()
        twisted_loop.call_later(EVERY_S, self._fire)

    def _fire(self) -> None:
        late_s = time.monotonic() - self._asked_s - EVERY_S
        self._keep(self._late_ms, late_s)
        self._keep(self._busy_ms, time.thread_time() - self._cpu_s)
        if time.monotonic() > self._write_at_s:
            if self._path.exists():
                self._write()
            else:
                self.begin()
                return
        self._next()

    @staticmethod
    def _keep(longest_ms: list[float], seconds: float) -> None:
        if len(longest_ms) < KEPT or 1000 * seconds > longest_ms[-1]:
            longest_ms.append(round(1000 * seconds, 2))
            longest_ms.sort(reverse=True)
            del longest_ms[KEPT:]

    def _write(self) -> None:
        found = {"late_ms": self._late_ms, "busy_ms": self._busy_ms}
        self._path.write_text(json.dumps(found))
        self._write_at_s = time.monotonic() + WRITE_EVERY_S
