"""A teaching server: one thread, blocking I/O, one connection at a time."""

from __future__ import annotations

from dataclasses import dataclass

from labs.bench.contracts.driver import Signature
from labs.servers import _teaching as t


@dataclass(frozen=True)
class Knobs:
    backlog: int = t.backlog()
    timeout_s: int = t.timeout_s()


class SingleThread(t.BlockingDriver):
    name = "Single thread"
    concurrency_model = "single-threaded-blocking"
    Knobs = Knobs
    worker_noun = "thread"

    def worker_slots(self, knobs: Knobs) -> int:
        return 1

    def signature(self, knobs: Knobs) -> Signature:
        return Signature((1, 1), (1, 1), frozenset({"accept4"}), t.slow_in(knobs))
