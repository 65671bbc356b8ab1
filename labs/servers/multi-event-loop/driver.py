"""A teaching server: a loop and a listening socket in each of a few processes."""

from dataclasses import dataclass

from labs.bench.contracts.driver import Signature
from labs.bench.contracts.needs import Needs
from labs.servers import _knobs, _teaching
from labs.servers._teaching import TeachingDriver, connections_need, loops


class MultiEventLoop(TeachingDriver):
    name = "Event loops"
    concurrency_model = "several-event-loops"

    @dataclass(frozen=True)
    class Knobs:
        processes: int = _knobs.processes(
            2, 16, "How many loops there are. It limits no connection."
        )
        backlog: int = _teaching.backlog()
        max_connections: int = _knobs.max_connections(
            4096, 16384, "How many connections each loop may have open at once."
        )
        header_timeout_s: int = _teaching.header_timeout_s()

    def signature(self, knobs: Knobs) -> Signature:
        return loops(1 + knobs.processes, "pause")  # the first only waits for signals

    def needs(self, knobs: Knobs) -> Needs:
        return connections_need(knobs.max_connections, knobs.processes)
