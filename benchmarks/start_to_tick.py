"""From the start of a run's child process to its first tick, for NGINX. Goal: 300 ms.

Beside it the parts: until Python has imported everything and the run begins, and until
the server has answered in its sandbox, which is when the first tick is made.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
SPEC = {"server": "nginx", "scenario": "slowloris"}
REPEATS = 7
# As the site starts it: compiled modules are kept.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def main() -> dict[str, float]:
    """Start it several times; stop each at its first tick."""
    _once()  # the first one reads everything from disk
    times = [_once() for _ in range(REPEATS)]
    return {
        f"{name}_median_ms": round(1000 * statistics.median(t[name] for t in times), 1)
        for name in times[0]
    } | {"first_tick_max_ms": round(1000 * max(t["first_tick"] for t in times), 1)}


def _once() -> dict[str, float]:
    began_s = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-m", "labs.runner"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=CHECKOUT,
        env=ENVIRONMENT,
    ) as runner:
        runner.stdin.write(json.dumps(SPEC).encode() + b"\n")
        runner.stdin.flush()
        reached: dict[str, float] = {}
        for line in runner.stdout:
            _note(json.loads(line), time.monotonic() - began_s, reached)
            if "first_tick" in reached and not runner.stdin.closed:
                runner.stdin.close()  # the end of its input stops it
    return reached


def _note(event: dict, passed_s: float, reached: dict[str, float]) -> None:
    if event["type"] == "status" and event["status"] == "starting":
        reached.setdefault("imported", passed_s)
    elif event["type"] == "status" and event["phase"] == "before":
        reached.setdefault("answered", passed_s)
    elif event["type"] == "tick":
        reached.setdefault("first_tick", passed_s)
    elif event["type"] == "finished" and "first_tick" not in reached:
        raise RuntimeError(f"The run ended early: {event['message']}")
