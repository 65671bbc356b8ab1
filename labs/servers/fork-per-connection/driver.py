"""A teaching server: a process for each connection."""

from dataclasses import dataclass

from labs.bench.contracts.driver import Signature
from labs.bench.contracts.needs import Needs
from labs.servers import _knobs, _teaching
from labs.servers._teaching import BlockingDriver, slow_in


class ForkPerConnection(BlockingDriver):
    name = "Fork per connection"
    concurrency_model = "process-per-connection"
    worker_noun = "process"

    @dataclass(frozen=True)
    class Knobs:
        backlog: int = _teaching.backlog()
        max_connections: int = _knobs.max_connections(
            64, 128, "How many child processes there may be at once."
        )
        timeout_s: int = _teaching.timeout_s()

    def worker_slots(self, knobs: Knobs) -> int:
        return knobs.max_connections

    def signature(self, knobs: Knobs) -> Signature:
        idle = frozenset({"accept4"})
        return Signature(
            (1, 1), (1, 1), idle, slow_in(knobs.timeout_s), grows="processes"
        )

    def needs(self, knobs: Knobs) -> Needs:
        return Needs(processes=knobs.max_connections + 64)
