"""Apache httpd with the worker MPM: processes with a pool of threads each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from labs.bench.contracts.driver import Signature
from labs.bench.contracts.needs import Needs
from labs.bench.contracts.settings import number
from labs.servers._apache import ApacheDriver, threaded_signature


@dataclass(frozen=True)
class Knobs:
    processes: int = number(
        2,
        1,
        16,
        label="Processes",
        help="How many child processes there are (ServerLimit).",
    )
    threads: int = number(
        32,
        1,
        64,
        label="Threads",
        help="Threads in each process (ThreadsPerChild); each serves one connection.",
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
        help="How long a thread waits for the next request (KeepAliveTimeout).",
    )
    header_timeout_s: int = number(
        0,
        0,
        120,
        label="Header timeout",
        unit="s",
        help="Limit for a whole request head (mod_reqtimeout); 0 leaves it off.",
    )


class ApacheWorker(ApacheDriver):
    name = "Apache worker"
    concurrency_model = "thread-pool"
    Knobs = Knobs
    worker_noun = "thread"

    def mpm_values(self, knobs: Knobs) -> dict[str, Any]:
        return {
            "processes": knobs.processes,
            "threads": knobs.threads,
            "slots": self.worker_slots(knobs),
        }

    def worker_slots(self, knobs: Knobs) -> int:
        return knobs.processes * knobs.threads

    def signature(self, knobs: Knobs) -> Signature:
        return threaded_signature(knobs.processes, knobs.threads, "accept4")

    def needs(self, knobs: Knobs) -> Needs:
        # Each process has its pool, a listener and a main thread.
        tasks = knobs.processes * (knobs.threads + 2)
        return Needs(
            processes=tasks + 64,
            open_files=1024 + knobs.threads,
            address_space_bytes=(2 + knobs.threads // 16) * 2**30,
        )
