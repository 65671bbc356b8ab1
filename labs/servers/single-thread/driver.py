"""A teaching server: one thread, blocking I/O, one connection at a time."""

from dataclasses import dataclass

from labs.bench.contracts.driver import Signature
from labs.servers import _teaching
from labs.servers._teaching import BlockingDriver, slow_in


class SingleThread(BlockingDriver):
    name = "Single thread"
    concurrency_model = "single-threaded-blocking"
    worker_noun = "thread"

    @dataclass(frozen=True)
    class Knobs:
        backlog: int = _teaching.backlog()
        timeout_s: int = _teaching.timeout_s()

    def worker_slots(self, knobs: Knobs) -> int:
        return 1

    def signature(self, knobs: Knobs) -> Signature:
        return Signature(
            (1, 1), (1, 1), frozenset({"accept4"}), slow_in(knobs.timeout_s)
        )
