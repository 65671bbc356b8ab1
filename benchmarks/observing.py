"""What the inside view costs: a look at 1,000 threads, five times a second.

Goal: 10 % of one core.
"""

from __future__ import annotations

import subprocess
import sys
import time

from labs.bench.events import TICK_S
from labs.bench.observe import Observer
from labs.bench.sandbox.endpoint import Endpoint

THREADS = 1000
LOOKS = 25
PROGRAM = f"""
import sys, threading
threading.stack_size(64 * 1024)
never = threading.Event()
for _ in range({THREADS} - 1):
    threading.Thread(target=never.wait, daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
"""


def main() -> dict[str, float]:
    """Look at a process with that many threads; the first look opens its files."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        child.stdout.readline()
        observer = Observer(Endpoint(), {"futex"})
        first_s = _look(observer, child.pid)
        began_s = time.process_time()
        for _ in range(LOOKS):
            _look(observer, child.pid)
        each_s = (time.process_time() - began_s) / LOOKS
        seen = observer.look([child.pid], time.monotonic()).values["server_threads"]
        observer.close()
        child.stdin.close()
    return {
        "threads_seen": seen,
        "first_look_ms": round(1000 * first_s, 2),
        "look_ms": round(1000 * each_s, 2),
        "percent_of_one_core_at_5_hz": round(100 * each_s / TICK_S, 2),
    }


def _look(observer: Observer, pid: int) -> float:
    began_s = time.process_time()
    observer.look([pid], time.monotonic())
    return time.process_time() - began_s
