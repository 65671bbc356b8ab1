"""Slow and idle connections to NGINX. Goals: 10,000 slow ones held within 1 s and at
least 10 times as fast as slowhttptest opens them; 50,000 held in one run with at most
200 MB and 30 % of a core in the generator.

How fast either opens is read from the kernel, every 2 ms, in the run's own network:
from the first connection to 95 % of all. In pairs within one run; medians.
"""

from __future__ import annotations

import os
import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import peers, sockets
from labs.bench.contracts.loads import Held, IdleConnections, SlowHeads
from labs.bench.generator.engine import Engine
from labs.bench.observer.pss import pss_bytes

CONNECTIONS, MANY = 10_000, 50_000
PAIRS = 5
HOLD_S = 10.0
MAX_S = 60.0
# Some workers take more of the connections than others.
KNOBS = {"processes": 2, "max_connections": 16_384, "backlog": 4096}
MANY_KNOBS = KNOBS | {"processes": 8}


def main() -> dict[str, float]:
    """Return the ratio of opening rates, and what holding many costs."""
    pairs = [peers.apart(_pair, at) for at in range(PAIRS)]
    ours, theirs = zip(*pairs, strict=True)
    return {
        "opening_ratio_median": statistics.median(a / b for a, b in pairs),
        "opening_ratio_min": min(a / b for a, b in pairs),
        "our_opening_median_per_s": statistics.median(ours),
        "slowhttptest_opening_median_per_s": statistics.median(theirs),
        "held_10000_median_s": statistics.median(
            peers.apart(_time_to_hold) for _ in range(PAIRS)
        ),
    } | peers.apart(_hold_many)


def _pair(at: int) -> tuple[float, float]:
    """Return both opening rates, of a fresh server each; who is first changes."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(7)[1],) * 2)
    with peers.serving("nginx", **KNOBS) as place:
        kinds = (_open_ours, _open_theirs)
        rates = {}
        for kind in kinds if at % 2 else kinds[::-1]:
            rates[kind] = sockets.opening_rate(lambda kind=kind: kind(place))
            time.sleep(1)  # until the server has closed its ends
        return rates[_open_ours], rates[_open_theirs]


def _open_ours(place: peers.Place) -> None:
    engine = Engine(place.loop, place.server.endpoint, place.protocol)
    _hold(place, engine, SlowHeads(CONNECTIONS))
    engine.finish()


def _open_theirs(place: peers.Place) -> None:
    endpoint = place.server.endpoint
    url = f"http://{endpoint.host}:{endpoint.port}/ping"
    flags = ["-H", "-c", str(CONNECTIONS), "-r", str(CONNECTIONS), "-i", "10"]
    flags += ["-l", "12", "-p", "3"]
    peers.run_peer(place, ["/usr/bin/slowhttptest", *flags, "-u", url])


def _time_to_hold() -> float:
    with peers.serving("nginx", **KNOBS) as place:
        engine = Engine(place.loop, place.server.endpoint, place.protocol)
        return _hold(place, engine, SlowHeads(CONNECTIONS))


def _hold(place: peers.Place, engine: Engine, load: Held) -> float:
    """Return the seconds until all are held. RuntimeError if they never are."""
    began_s = place.loop.now()
    engine.begin_phase(load)
    while (held := engine.take_window(1.0)["slow_held"]) < load.connections:
        place.loop.step(0.001)
        if place.loop.now() - began_s > MAX_S:
            raise RuntimeError(f"Only {held} of {load.connections} were held")
    return place.loop.now() - began_s


def _hold_many() -> dict[str, float]:
    with peers.serving("nginx", **MANY_KNOBS) as place:
        engine = Engine(place.loop, place.server.endpoint, place.protocol)
        took_s = _hold(place, engine, IdleConnections(MANY))
        cpu_s = _spent_cpu_s(engine)
        most_bytes = _sample(place, engine, _generator_bytes)
        return {
            "held_50000_after_s": took_s,
            "held_50000_generator_mb": most_bytes / 1e6,
            "held_50000_core_percent": 100 * (_spent_cpu_s(engine) - cpu_s) / HOLD_S,
        }


def _sample(place: peers.Place, engine: Engine, read: Callable[[], int]) -> int:
    """Hold on for a while, as a run does; return the most that was read."""
    until_s, most, next_s = place.loop.now() + HOLD_S, 0, 0.0
    while (now_s := place.loop.now()) < until_s:
        place.loop.step(peers.TICK_S)
        if now_s >= next_s:
            engine.take_window(peers.TICK_S)
            most, next_s = max(most, read()), now_s + 1.0
    return most


def _spent_cpu_s(engine: Engine) -> float:
    return time.process_time() + engine.children_cpu_s


def _generator_bytes() -> int:
    """Return the memory (PSS) of this process and of the load's children."""
    own = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    children = [pid for pid in own.read_text().split() if _is_load(pid)]
    return sum(pss_bytes(int(pid)) or 0 for pid in [os.getpid(), *children])


def _is_load(pid: str) -> bool:
    # Forked and not executed: the same program as this one.
    return os.readlink(f"/proc/{pid}/exe") == os.readlink("/proc/self/exe")
