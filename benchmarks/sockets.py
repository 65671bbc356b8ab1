"""How fast connections come about, as the kernel counts them. No benchmark itself."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

_EVERY_S = 0.002
_NEARLY = 0.95
_SOCKSTAT = Path("/proc/net/sockstat")


def opening_rate(act: Callable[[], None]) -> float:
    """Return connections a second while `act` opens them: from the first to 95 %.

    Counted by a process of its own, in this one's network, so that whoever opens them
    is not held up by it.
    """
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("fork")
    watcher = context.Process(target=_watch, args=(theirs,), daemon=True)
    watcher.start()
    try:
        ours.recv()  # it is counting
        act()
        ours.send("enough")
        return _rate(ours.recv())
    finally:
        watcher.kill()
        watcher.join()


def _watch(pipe: Connection) -> None:
    samples = [(time.monotonic(), _in_use())]
    pipe.send("ready")
    while not pipe.poll():
        count = _in_use()
        if count != samples[-1][1]:
            samples.append((time.monotonic(), count))
        time.sleep(_EVERY_S)
    pipe.send(samples)


def _rate(samples: list[tuple[float, int]]) -> float:
    base = samples[0][1]
    most = max(count for _, count in samples) - base
    began_s = next(t_s for t_s, count in samples if count > base)
    done_s = next(t_s for t_s, count in samples if count - base >= _NEARLY * most)
    # Both ends of a connection are sockets of this network.
    return _NEARLY * most / 2 / max(done_s - began_s, _EVERY_S)


def _in_use() -> int:
    """Return the TCP sockets in use in this network (/proc/net/sockstat)."""
    line = next(x for x in _SOCKSTAT.read_text().splitlines() if x.startswith("TCP:"))
    return int(line.split()[2])
