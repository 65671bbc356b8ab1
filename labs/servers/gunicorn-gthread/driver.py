"""Gunicorn with gthread workers: processes with a pool of threads each."""

from dataclasses import dataclass

from labs.bench.contracts.driver import Signature
from labs.bench.contracts.needs import Needs
from labs.servers import _knobs
from labs.servers._gunicorn import GunicornDriver


class GunicornGthread(GunicornDriver):
    name = "Gunicorn gthread"
    concurrency_model = "loop-and-thread-pool"
    # Where a thread waits for its client, and where the application sleeps.
    busy_in = frozenset({"recvfrom", "sendto", "clock_nanosleep"})
    worker_noun = "thread"

    @dataclass(frozen=True)
    class Knobs:
        processes: int = _knobs.processes(
            1, 16, "How many worker processes there are (workers)."
        )
        threads: int = _knobs.threads(
            16, 64, "Threads in each process (threads); each serves one request.", low=2
        )
        backlog: int = _knobs.backlog(2048, "backlog")
        timeout_s: int = _knobs.timeout_s(
            30, 3, "How long a worker's main thread may be stuck (timeout)."
        )
        keep_alive_s: int = _knobs.keep_alive_s(
            2,
            120,
            "How long an idle connection is kept (keepalive). It holds no thread.",
        )

    def worker_slots(self, knobs: Knobs) -> int:
        return knobs.processes * knobs.threads

    def signature(self, knobs: Knobs) -> Signature:
        # The arbiter, and in each worker its main thread and the pool.
        tasks = 1 + knobs.processes * (1 + knobs.threads)
        return Signature(
            processes=(1 + knobs.processes, 1 + knobs.processes),
            threads=(tasks, tasks),
            idle_in=frozenset({"pselect6", "epoll_wait", "futex"}),
            slow_in=frozenset({"recvfrom"}),
        )

    def needs(self, knobs: Knobs) -> Needs:
        tasks = 1 + knobs.processes * (1 + knobs.threads)
        # A worker accepts up to 1,000 connections, whatever its threads do.
        return Needs(processes=tasks + 64, open_files=2048)
