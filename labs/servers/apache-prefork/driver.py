"""Apache httpd with the prefork MPM: a pool of processes, one connection each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from labs.bench.contracts.driver import Signature
from labs.bench.contracts.needs import Needs
from labs.bench.contracts.settings import number
from labs.servers._apache import ApacheDriver


@dataclass(frozen=True)
class Knobs:
    processes: int = number(
        8,
        1,
        64,
        label="Processes",
        help="Size of the pool (MaxRequestWorkers). Each serves one connection.",
    )
    backlog: int = number(
        511,
        1,
        4096,
        label="Backlog",
        help="How many connections may wait to be accepted (ListenBacklog).",
    )
    timeout_s: int = number(
        60,
        1,
        300,
        label="Timeout",
        unit="s",
        help="How long a client may stay silent (Timeout).",
    )
    keep_alive_s: int = number(
        5,
        1,
        120,
        label="Keep-alive",
        unit="s",
        help="How long a process waits for the next request (KeepAliveTimeout).",
    )
    header_timeout_s: int = number(
        0,
        0,
        120,
        label="Header timeout",
        unit="s",
        help="Limit for a whole request head (mod_reqtimeout); 0 leaves it off.",
    )


class ApachePrefork(ApacheDriver):
    name = "Apache prefork"
    concurrency_model = "pre-forked-processes"
    Knobs = Knobs
    worker_noun = "process"

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
