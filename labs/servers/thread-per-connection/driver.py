"""A teaching server: a thread for each connection."""

from dataclasses import dataclass

from labs.bench.contracts.driver import Signature
from labs.bench.contracts.needs import Needs
from labs.servers import _knobs, _teaching
from labs.servers._teaching import BlockingDriver, slow_in, threads_need


class ThreadPerConnection(BlockingDriver):
    name = "Thread per connection"
    concurrency_model = "thread-per-connection"
    worker_noun = "thread"

    @dataclass(frozen=True)
    class Knobs:
        backlog: int = _teaching.backlog()
        max_connections: int = _knobs.max_connections(
            256, 1024, "How many threads there may be at once."
        )
        timeout_s: int = _teaching.timeout_s()

    def worker_slots(self, knobs: Knobs) -> int:
        return knobs.max_connections

    def signature(self, knobs: Knobs) -> Signature:
        idle = frozenset({"accept4"})
        return Signature(
            (1, 1), (1, 1), idle, slow_in(knobs.timeout_s), grows="threads"
        )

    def needs(self, knobs: Knobs) -> Needs:
        return threads_need(knobs.max_connections)
