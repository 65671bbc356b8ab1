"""How late ticks are while the generator is fully at work. Goal: 99 % within 20 ms.

A whole run of `throughput` on NGINX, with the inside view. One is due every 200 ms
since the run began; how late it is, is when the first tick from then on was made.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from labs.bench.contracts.events import TICK_S

CHECKOUT = Path(__file__).resolve().parent.parent
SPEC = {"server": "nginx", "scenario": "throughput", "params": {"duration_s": 30}}
GOAL_MS = 20


def main() -> dict[str, float]:
    """Run once; return the share of ticks within the goal, and the worst lateness."""
    late_ms = sorted(_lateness_ms(_ticks_under_load()))
    in_time = sum(ms <= GOAL_MS for ms in late_ms)
    return {
        "within_20_ms_percent": 100 * in_time / len(late_ms),
        "late_p99_ms": late_ms[int(0.99 * len(late_ms))],
        "late_max_ms": late_ms[-1],
        "ticks": len(late_ms),
    }


def _lateness_ms(times_s: list[float]) -> list[float]:
    first, last = (int(t_s / TICK_S + 0.005) for t_s in (times_s[0], times_s[-1]))
    late, made = [], iter(times_s)
    t_s = next(made)
    for number in range(first, last + 1):
        while t_s < number * TICK_S - 0.001:  # times are written to the millisecond
            t_s = next(made)
        late.append(round(1000 * (t_s - number * TICK_S), 3))
    return late


def _ticks_under_load() -> list[float]:
    times, under_load = [], False
    with subprocess.Popen(
        [sys.executable, "-m", "labs.runner"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=CHECKOUT,
    ) as runner:
        runner.stdin.write(json.dumps(SPEC).encode() + b"\n")
        runner.stdin.flush()
        for line in runner.stdout:
            event = json.loads(line)
            if event["type"] == "status":
                under_load = event["status"] == "measuring"
            elif event["type"] == "tick" and under_load:
                times.append(event["t_s"])
        runner.stdin.close()
    if not times:
        raise RuntimeError(f"The run ended early: {event['message']}")
    return times
