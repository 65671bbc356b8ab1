"""What is left of a sandbox after SIGKILL to its runner. Goal: nothing after 250 ms."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

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
        pids = _descendants(runner.pid)
        began_s = time.monotonic()
        runner.kill()
        return _watch(pids, began_s)


def _watch(pids: set[int], began_s: float) -> tuple[int, float]:
    """Return who is left at the goal's time, and when the last one was gone."""
    left = pids
    while (left := {pid for pid in left if _lives(pid)}) and _passed(began_s) < GOAL_S:
        time.sleep(0.0005)
    survivors = len(left)
    while any(_lives(pid) for pid in left) and _passed(began_s) < 10:
        time.sleep(0.005)
    return survivors, _passed(began_s)


def _passed(began_s: float) -> float:
    return time.monotonic() - began_s


def _descendants(pid: int) -> set[int]:
    """Return every process below this one: bwrap, the server, the probe."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    below = {int(child) for child in children}
    return below.union(*(_descendants(child) for child in below))


def _lives(pid: int) -> bool:
    """Say whether a process is there and not only waiting to be reaped."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"
