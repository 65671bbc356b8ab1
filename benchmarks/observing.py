"""What the inside view costs: 1,000 threads, five looks a second. Goal: 10 % of a core.

Three times: all threads asleep; all of them awake between two looks; all asleep while
the process holds 1,000 connections. The board is published as in a run.
"""

from __future__ import annotations

import json
import resource
import socket
import subprocess
import sys
import time
from contextlib import ExitStack

from labs.bench.contracts.endpoint import LOOPBACK, Endpoint
from labs.bench.contracts.events import TICK_S
from labs.bench.observer.board import Publisher
from labs.bench.observer.observer import Observation, Observer

THREADS = CONNECTIONS = 1000
LOOKS = 15  # three seconds: what is read once a second is in them
FILES = 4 * CONNECTIONS
PROGRAM = """
import resource, socket, sys, threading, time
threads, pause_s, port, connections = map(eval, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (connections + 64,) * 2)
threading.stack_size(64 * 1024)
def idle():
    while True:
        time.sleep(pause_s)
for _ in range(threads - 1):
    threading.Thread(target=idle, daemon=True).start()
listener = socket.create_server(("127.0.0.1", port), backlog=4096)
print(listener.getsockname()[1], flush=True)
held = [listener.accept() for _ in range(connections)]
print("ready", flush=True)
sys.stdin.read()
"""
KINDS = {"asleep": (3600, 0), "awake": (0.1, 0), "connected": (3600, CONNECTIONS)}


def main() -> dict[str, float]:
    """Look at each of the three; the first look opens the files."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4 * FILES), hard))
    measured: dict[str, float] = {}
    for kind, (pause_s, connections) in KINDS.items():
        measured |= _measure(kind, pause_s, connections)
    return measured


def _measure(kind: str, pause_s: float, connections: int) -> dict[str, float]:
    words = map(str, (THREADS, pause_s, 0, connections))
    command = [sys.executable, "-c", PROGRAM, *words]
    with ExitStack() as stack:
        child = stack.enter_context(
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        )
        port = int(child.stdout.readline())
        for _ in range(connections):
            stack.enter_context(socket.create_connection((LOOPBACK, port)))
        child.stdout.readline()
        observer, publisher = Observer(Endpoint(port=port), {"futex"}), Publisher()
        stack.callback(observer.close)
        first_s, _, _ = _look(observer, publisher, child.pid)
        looks = [_look(observer, publisher, child.pid) for _ in range(LOOKS)]
        child.stdin.close()
    costs_s = [cost_s for cost_s, _, _ in looks]
    cell = looks[-1][1].board[0]
    assert cell["threads"] == THREADS and cell["connections"] == connections
    return {
        f"{kind}_first_look_ms": round(1000 * first_s, 2),
        f"{kind}_look_ms": round(1000 * sum(costs_s) / LOOKS, 2),
        f"{kind}_longest_look_ms": round(1000 * max(costs_s), 2),
        f"{kind}_percent_of_one_core_at_5_hz": round(
            100 * sum(costs_s) / LOOKS / TICK_S, 2
        ),
        f"{kind}_bytes_a_look": round(sum(size for _, _, size in looks) / LOOKS),
    }


def _look(
    observer: Observer, publisher: Publisher, pid: int
) -> tuple[float, Observation, int]:
    """Look, one tick after the look before; return seconds, what was seen, bytes."""
    time.sleep(TICK_S)
    began_s, now_s = time.process_time(), time.monotonic()
    seen = observer.look([pid], now_s)
    text = json.dumps(publisher.update(seen.board, now_s), separators=(",", ":"))
    return time.process_time() - began_s, seen, len(text)
