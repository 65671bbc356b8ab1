"""A teaching server: a green thread for each connection (gevent)."""

from __future__ import annotations

from dataclasses import dataclass

from labs.bench.contracts.driver import Signature
from labs.bench.contracts.needs import Needs
from labs.servers import _teaching as t


@dataclass(frozen=True)
class Knobs:
    backlog: int = t.backlog()
    max_connections: int = t.max_connections(
        4096, 16384, "How many green threads there may be at once."
    )
    timeout_s: int = t.timeout_s()


class GreenThreads(t.TeachingDriver):
    name = "Green threads"
    concurrency_model = "green-threads"
    Knobs = Knobs
    package = "python3-gevent"
    version_arguments = ("-I", "-c", "import gevent; print(gevent.__version__)")

    def signature(self, knobs: Knobs) -> Signature:
        return t.loops(1)

    def needs(self, knobs: Knobs) -> Needs:
        return t.connections_need(knobs.max_connections)
