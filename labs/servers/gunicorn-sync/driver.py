"""Gunicorn with sync workers: a pool of processes, one connection each."""

from dataclasses import dataclass

from labs.bench.contracts.driver import Signature
from labs.bench.contracts.needs import Needs
from labs.bench.observer.syscall_meanings import ACCEPT
from labs.servers import _knobs
from labs.servers._gunicorn import GunicornDriver


class GunicornSync(GunicornDriver):
    name = "Gunicorn sync"
    concurrency_model = "pre-forked-processes"
    # Where a worker waits for its client, and where the application sleeps.
    busy_in = frozenset({"recvfrom", "sendto", "clock_nanosleep"})
    # A worker waits until there is a connection, and accepts it then.
    meanings = {"pselect6": ACCEPT}
    worker_noun = "process"

    @dataclass(frozen=True)
    class Knobs:
        processes: int = _knobs.processes(
            8, 16, "Size of the pool (workers). Each serves one connection."
        )
        backlog: int = _knobs.backlog(2048, "backlog")
        timeout_s: int = _knobs.timeout_s(
            30,
            3,
            "How long one request may occupy a worker before it is killed (timeout).",
        )

    def worker_slots(self, knobs: Knobs) -> int:
        return knobs.processes

    def signature(self, knobs: Knobs) -> Signature:
        tasks = (1 + knobs.processes, 1 + knobs.processes)
        # Arbiter and idle workers alike wait in select(), which Linux calls pselect6.
        idle_in = frozenset({"pselect6"})
        return Signature(tasks, tasks, idle_in, slow_in=frozenset({"recvfrom"}))

    def needs(self, knobs: Knobs) -> Needs:
        return Needs(processes=knobs.processes + 64)
