"""A teaching server: a pool of processes that is there before its clients."""

from __future__ import annotations

from dataclasses import dataclass

from labs.bench.contracts.driver import Signature
from labs.bench.contracts.needs import Needs
from labs.servers import _teaching as t


@dataclass(frozen=True)
class Knobs:
    processes: int = t.processes(
        8, 64, "How many processes serve; one connection each."
    )
    backlog: int = t.backlog()
    timeout_s: int = t.timeout_s()


class PreforkProcesses(t.BlockingDriver):
    name = "Preforked processes"
    concurrency_model = "pre-forked-processes"
    Knobs = Knobs
    worker_noun = "process"

    def worker_slots(self, knobs: Knobs) -> int:
        return knobs.processes

    def signature(self, knobs: Knobs) -> Signature:
        tasks = (1 + knobs.processes, 1 + knobs.processes)
        idle = frozenset(
            {"accept4", "pause"}
        )  # the first process only waits for signals
        return Signature(tasks, tasks, idle, t.slow_in(knobs))

    def needs(self, knobs: Knobs) -> Needs:
        return Needs(processes=knobs.processes + 64)
