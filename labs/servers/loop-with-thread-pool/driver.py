"""A teaching server: a loop keeps the connections, a pool of threads works."""

from __future__ import annotations

from dataclasses import dataclass

from labs.bench.contracts.driver import Signature
from labs.bench.contracts.needs import Needs
from labs.servers import _teaching as t


@dataclass(frozen=True)
class Knobs:
    threads: int = t.threads(
        8, 256, "How many threads make answers. It limits no connection."
    )
    backlog: int = t.backlog()
    max_connections: int = t.max_connections(
        4096,
        16384,
        "How many connections may be open at once; others wait in the backlog.",
    )


class LoopWithThreadPool(t.TeachingDriver):
    name = "Loop with a thread pool"
    concurrency_model = "loop-and-thread-pool"
    Knobs = Knobs

    def signature(self, knobs: Knobs) -> Signature:
        return t.loops(1, "futex", threads=knobs.threads)

    def needs(self, knobs: Knobs) -> Needs:
        return t.connections_need(knobs.max_connections, threads=knobs.threads)
