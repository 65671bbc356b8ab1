"""A teaching server: a green thread for each connection (gevent)."""

from dataclasses import dataclass

from labs.bench.contracts.driver import Signature
from labs.bench.contracts.needs import Needs
from labs.servers import _knobs, _teaching
from labs.servers._teaching import TeachingDriver, connections_need, loops


class GreenThreads(TeachingDriver):
    name = "Green threads"
    concurrency_model = "green-threads"
    package = "python3-gevent"
    version_arguments = ("-I", "-c", "import gevent; print(gevent.__version__)")

    @dataclass(frozen=True)
    class Knobs:
        backlog: int = _teaching.backlog()
        max_connections: int = _knobs.max_connections(
            4096, 16384, "How many green threads there may be at once."
        )
        timeout_s: int = _teaching.timeout_s()

    def signature(self, knobs: Knobs) -> Signature:
        return loops(1)

    def needs(self, knobs: Knobs) -> Needs:
        return connections_need(knobs.max_connections)
