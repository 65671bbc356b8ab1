"""A teaching server: a pool of threads that is there before its clients."""

from dataclasses import dataclass

from labs.bench.contracts.driver import Signature
from labs.bench.contracts.needs import Needs
from labs.servers import _knobs, _teaching
from labs.servers._teaching import BlockingDriver, slow_in, threads_need


class ThreadPool(BlockingDriver):
    name = "Thread pool"
    concurrency_model = "thread-pool"
    worker_noun = "thread"

    @dataclass(frozen=True)
    class Knobs:
        threads: int = _knobs.threads(
            64, 512, "How many threads serve; one connection each."
        )
        backlog: int = _teaching.backlog()
        timeout_s: int = _teaching.timeout_s()

    def worker_slots(self, knobs: Knobs) -> int:
        return knobs.threads

    def signature(self, knobs: Knobs) -> Signature:
        threads = (1 + knobs.threads, 1 + knobs.threads)
        idle = frozenset({"accept4", "pause"})  # the main thread only waits for signals
        return Signature((1, 1), threads, idle, slow_in(knobs.timeout_s))

    def needs(self, knobs: Knobs) -> Needs:
        return threads_need(knobs.threads)
