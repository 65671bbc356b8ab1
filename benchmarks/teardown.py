"""What is left of a sandbox after SIGKILL to its runner. Goal: nothing after 250 ms."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from labs.bench.sandbox import keeper

CHECKOUT = Path(__file__).resolve().parent.parent
SPEC = {"server": "apache-worker", "scenario": "slowloris"}
REPEATS = 10
GOAL_S = 0.25


def main() -> dict[str, float]:
    """Kill runners in the middle of a run; count who survives, and for how long."""
    survivors, times_s = zip(*(_once() for _ in range(REPEATS)), strict=True)
    return {
        "survivors_after_250_ms_max": max(survivors),
        "gone_after_median_ms": round(1000 * statistics.median(times_s), 1),
        "gone_after_max_ms": round(1000 * max(times_s), 1),
    }


def _once() -> tuple[int, float]:
    with subprocess.Popen(
        [sys.executable, "-m", "labs.runner"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=CHECKOUT,
    ) as runner:
        runner.stdin.write(json.dumps(SPEC).encode() + b"\n")
        runner.stdin.flush()
        for line in runner.stdout:
            if json.loads(line)["type"] == "tick":
                break
        pids = set(keeper.descendants(runner.pid))
        began_s = time.monotonic()
        runner.kill()
        return _watch(pids, began_s)


def _watch(pids: set[int], began_s: float) -> tuple[int, float]:
    """Return who is left at the goal's time, and when the last one was gone."""
    left = pids
    while (left := {pid for pid in left if keeper.lives(pid)}) and _passed(
        began_s
    ) < GOAL_S:
        time.sleep(0.0005)
    survivors = len(left)
    while any(keeper.lives(pid) for pid in left) and _passed(began_s) < 10:
        time.sleep(0.005)
    return survivors, _passed(began_s)


def _passed(began_s: float) -> float:
    return time.monotonic() - began_s
