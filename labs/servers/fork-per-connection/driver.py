"""A teaching server: a process for each connection."""

from __future__ import annotations

from dataclasses import dataclass

from labs.bench.contracts.driver import Signature
from labs.bench.contracts.needs import Needs
from labs.servers import _teaching as t


@dataclass(frozen=True)
class Knobs:
    backlog: int = t.backlog()
    max_connections: int = t.max_connections(
        64, 128, "How many child processes there may be at once."
    )
    timeout_s: int = t.timeout_s()


class ForkPerConnection(t.BlockingDriver):
    name = "Fork per connection"
    concurrency_model = "process-per-connection"
    Knobs = Knobs
    worker_noun = "process"

    def worker_slots(self, knobs: Knobs) -> int:
        return knobs.max_connections

    def signature(self, knobs: Knobs) -> Signature:
        idle = frozenset({"accept4"})
        return Signature((1, 1), (1, 1), idle, t.slow_in(knobs), grows="processes")

    def needs(self, knobs: Knobs) -> Needs:
        return Needs(processes=knobs.max_connections + 64)
