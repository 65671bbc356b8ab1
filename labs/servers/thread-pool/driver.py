"""A teaching server: a pool of threads that is there before its clients."""

from __future__ import annotations

from dataclasses import dataclass

from labs.bench.contracts.driver import Signature
from labs.bench.contracts.needs import Needs
from labs.servers import _teaching as t


@dataclass(frozen=True)
class Knobs:
    threads: int = t.threads(64, 512, "How many threads serve; one connection each.")
    backlog: int = t.backlog()
    timeout_s: int = t.timeout_s()


class ThreadPool(t.BlockingDriver):
    name = "Thread pool"
    concurrency_model = "thread-pool"
    Knobs = Knobs
    worker_noun = "thread"

    def worker_slots(self, knobs: Knobs) -> int:
        return knobs.threads

    def signature(self, knobs: Knobs) -> Signature:
        threads = (1 + knobs.threads, 1 + knobs.threads)
        idle = frozenset({"accept4", "pause"})  # the main thread only waits for signals
        return Signature((1, 1), threads, idle, t.slow_in(knobs))

    def needs(self, knobs: Knobs) -> Needs:
        return t.threads_need(knobs.threads)
