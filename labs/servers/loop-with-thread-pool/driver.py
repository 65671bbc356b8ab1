"""A teaching server: a loop keeps the connections, a pool of threads works."""

from dataclasses import dataclass

from labs.bench.contracts.driver import Signature
from labs.bench.contracts.needs import Needs
from labs.servers import _knobs, _teaching
from labs.servers._teaching import TeachingDriver, connections_need, loops


class LoopWithThreadPool(TeachingDriver):
    name = "Loop with a thread pool"
    concurrency_model = "loop-and-thread-pool"

    @dataclass(frozen=True)
    class Knobs:
        threads: int = _knobs.threads(
            8, 256, "How many threads make answers. It limits no connection."
        )
        backlog: int = _teaching.backlog()
        max_connections: int = _knobs.max_connections(
            4096,
            16384,
            "How many connections may be open at once; others wait in the backlog.",
        )

    def signature(self, knobs: Knobs) -> Signature:
        return loops(1, "futex", threads=knobs.threads)

    def needs(self, knobs: Knobs) -> Needs:
        return connections_need(knobs.max_connections, threads=knobs.threads)
