"""Apache httpd with the prefork MPM: a pool of processes, one connection each."""

from dataclasses import dataclass
from typing import Any

from labs.bench.contracts.driver import Signature
from labs.bench.contracts.needs import Needs
from labs.servers import _apache, _knobs
from labs.servers._apache import ApacheDriver


class ApachePrefork(ApacheDriver):
    name = "Apache prefork"
    concurrency_model = "pre-forked-processes"
    worker_noun = "process"

    @dataclass(frozen=True)
    class Knobs:
        processes: int = _knobs.processes(
            8, 64, "Size of the pool (MaxRequestWorkers). Each serves one connection."
        )
        backlog: int = _apache.backlog()
        timeout_s: int = _apache.timeout_s()
        keep_alive_s: int = _apache.keep_alive_s(
            "How long a process waits for the next request (KeepAliveTimeout)."
        )
        header_timeout_s: int = _apache.header_timeout_s()

    def mpm_values(self, knobs: Knobs) -> dict[str, Any]:
        return {"processes": knobs.processes}

    def worker_slots(self, knobs: Knobs) -> int:
        return knobs.processes

    def signature(self, knobs: Knobs) -> Signature:
        tasks = (1 + knobs.processes, 1 + knobs.processes)
        # The parent sleeps between two looks at its children.
        idle_in = frozenset({"pselect6", "accept4"})
        return Signature(tasks, tasks, idle_in, slow_in=frozenset({"poll"}))

    def needs(self, knobs: Knobs) -> Needs:
        return Needs(processes=knobs.processes + 64)
