"""A teaching server: a pool of processes that is there before its clients."""

from dataclasses import dataclass

from labs.bench.contracts.driver import Signature
from labs.bench.contracts.needs import Needs
from labs.servers import _knobs, _teaching
from labs.servers._teaching import BlockingDriver, slow_in


class PreforkProcesses(BlockingDriver):
    name = "Preforked processes"
    concurrency_model = "pre-forked-processes"
    worker_noun = "process"

    @dataclass(frozen=True)
    class Knobs:
        processes: int = _knobs.processes(
            8, 64, "How many processes serve; one connection each."
        )
        backlog: int = _teaching.backlog()
        timeout_s: int = _teaching.timeout_s()

    def worker_slots(self, knobs: Knobs) -> int:
        return knobs.processes

    def signature(self, knobs: Knobs) -> Signature:
        tasks = (1 + knobs.processes, 1 + knobs.processes)
        # The first process only waits for signals.
        idle = frozenset({"accept4", "pause"})
        return Signature(tasks, tasks, idle, slow_in(knobs.timeout_s))

    def needs(self, knobs: Knobs) -> Needs:
        return Needs(processes=knobs.processes + 64)
