"""Other generators, from the lab root, in a run's own network. No benchmark itself.

Whoever uses this has entered a private network first: what is started here can reach
nothing but its loopback.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from labs.bench.contracts.loads import ClosedLoop
from labs.bench.contracts.spec import Spec
from labs.bench.generator.engine import Engine
from labs.bench.net.event_loop import EventLoop
from labs.bench.run.cpu_allocation import Cpus, claim
from labs.bench.sandbox import lab_root, netns
from labs.bench.server.under_test import ServerUnderTest
from labs.plugins import registry

TICK_S = 0.2


@dataclass(frozen=True)
class Rate:
    """What a generator reached, and its processor time for it."""

    per_s: float
    cpu_s_each: float


@dataclass
class Place:
    """A server that answers, in this process's private network."""

    loop: EventLoop
    server: ServerUnderTest
    protocol: Any
    cpus: Cpus


def apart(work: Callable[..., Any], *arguments: Any) -> Any:
    """Call it in a process of its own: a private network cannot be left again."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(work, *arguments).result()


@contextmanager
def serving(slug: str, **knobs: Any) -> Iterator[Place]:
    """A server of the labs, ready, with its core and the generator's claimed."""
    netns.enter_private_network()
    loop, resolved = EventLoop(), registry.resolve(Spec(slug, "throughput", knobs))
    cpus = claim()
    server = ServerUnderTest(resolved, loop, cpus.server, lambda line: None)
    try:
        server.launch()
        while not server.answers:
            server.check()
            loop.step(0.01)
        yield Place(loop, server, resolved.protocol, cpus)
    finally:
        server.close()


def ours(place: Place, connections: int, seconds: float) -> Rate:
    """Ask with our engine, with everything that it counts and a tick's numbers."""
    engine = Engine(place.loop, place.server.endpoint, place.protocol)
    tally = engine.begin_phase(ClosedLoop(connections), counted=True)
    began_s, began_cpu_s = place.loop.now(), time.process_time()
    tick_s = began_s + TICK_S
    while (now_s := place.loop.now()) < began_s + seconds:
        place.loop.step(TICK_S)
        if now_s >= tick_s:
            engine.take_window(TICK_S)
            tick_s += TICK_S
    took_s = place.loop.now() - began_s
    cpu_s = time.process_time() - began_cpu_s
    tally.settle()
    engine.finish()
    return Rate(tally.outcomes["ok"] / took_s, cpu_s / tally.outcomes["ok"])


def run_peer(place: Place, command: list[str]) -> tuple[str, float]:
    """Run a program of the lab root on the generator's core; return what it printed
    and its processor time in seconds. RuntimeError if it fails."""
    root = lab_root.find().root
    inside = ["bwrap", "--ro-bind", str(root), "/", "--proc", "/proc", "--dev", "/dev"]
    before = _children_cpu_s()
    done = subprocess.run(
        [*inside, "--die-with-parent", "--", *command],
        capture_output=True,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, place.cpus.load),
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr.strip()[-300:]}")
    return done.stdout, _children_cpu_s() - before


def _children_cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
