"""A teaching server: a coroutine for each connection (asyncio)."""

from __future__ import annotations

from dataclasses import dataclass

from labs.bench.contracts.driver import Signature
from labs.bench.contracts.needs import Needs
from labs.servers import _teaching as t


@dataclass(frozen=True)
class Knobs:
    backlog: int = t.backlog()
    max_connections: int = t.max_connections(
        4096,
        16384,
        "How many connections may be open at once; others wait in the backlog.",
    )
    header_timeout_s: int = t.header_timeout_s()


class AsyncLoop(t.TeachingDriver):
    name = "Async loop"
    concurrency_model = "coroutines"
    Knobs = Knobs

    def signature(self, knobs: Knobs) -> Signature:
        return t.loops(1)

    def needs(self, knobs: Knobs) -> Needs:
        return t.connections_need(knobs.max_connections)
