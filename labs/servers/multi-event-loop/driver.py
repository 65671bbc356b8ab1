"""A teaching server: a loop and a listening socket in each of a few processes."""

from __future__ import annotations

from dataclasses import dataclass

from labs.bench.contracts.driver import Signature
from labs.bench.contracts.needs import Needs
from labs.servers import _teaching as t


@dataclass(frozen=True)
class Knobs:
    processes: int = t.processes(
        2, 16, "How many loops there are. It limits no connection."
    )
    backlog: int = t.backlog()
    max_connections: int = t.max_connections(
        4096, 16384, "How many connections each loop may have open at once."
    )
    header_timeout_s: int = t.header_timeout_s()


class MultiEventLoop(t.TeachingDriver):
    name = "Event loops"
    concurrency_model = "several-event-loops"
    Knobs = Knobs

    def signature(self, knobs: Knobs) -> Signature:
        return t.loops(1 + knobs.processes, "pause")  # the first only waits for signals

    def needs(self, knobs: Knobs) -> Needs:
        return t.connections_need(knobs.max_connections, knobs.processes)
