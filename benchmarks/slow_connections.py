"""How fast the attacker opens 1,000 slow connections to NGINX. Goal: 1 s."""

from __future__ import annotations

import multiprocessing
import statistics
from typing import Any

from labs import registry
from labs.bench.cpus import claim
from labs.bench.engine import Engine
from labs.bench.loads import SlowHeads
from labs.bench.loop import Loop
from labs.bench.sandbox.netns import enter_private_network
from labs.bench.spec import Spec
from labs.bench.subject import ServerUnderTest

CONNECTIONS = 1000
REPEATS = 5


def main() -> dict[str, float]:
    """Open them several times, each time to a fresh server."""
    # Each in a process of its own: a private network cannot be left again.
    context = multiprocessing.get_context("spawn")
    times_s = []
    for _ in range(REPEATS):
        with context.Pool(1) as pool:
            times_s.append(pool.apply(open_all))
    return {
        "held_1000_median_s": statistics.median(times_s),
        "held_1000_max_s": max(times_s),
    }


def open_all() -> float:
    """Return the seconds from the first connect to the last one held."""
    enter_private_network()
    loop, resolved = Loop(), registry.resolve(Spec("nginx", "slowloris"))
    server = ServerUnderTest(resolved, loop, claim().server, lambda line: None)
    try:
        server.launch()
        while not server.answers:
            server.check()
            loop.step(0.01)
        return _open(loop, Engine(loop, server.endpoint, resolved.protocol))
    finally:
        server.close()


def _open(loop: Loop, engine: Engine) -> float:
    began_s = loop.now()
    engine.apply(SlowHeads(CONNECTIONS))
    while _held(engine) < CONNECTIONS:
        loop.step(0.001)
    took_s = loop.now() - began_s
    engine.finish()
    return took_s


def _held(engine: Engine) -> Any:
    return engine.take_window(1.0)["slow_held"]
