"""Gunicorn with gevent workers: green threads, switched by a loop in each process."""

from dataclasses import dataclass

from labs.bench.contracts.driver import Signature
from labs.bench.contracts.needs import Needs
from labs.servers import _knobs
from labs.servers._gunicorn import GunicornDriver


class GunicornGevent(GunicornDriver):
    name = "Gunicorn gevent"
    concurrency_model = "green-threads"
    package = "gunicorn with python3-gevent"

    @dataclass(frozen=True)
    class Knobs:
        processes: int = _knobs.processes(
            2, 8, "How many workers there are (workers). Each is one event loop."
        )
        max_connections: int = _knobs.max_connections(
            1000,
            8192,
            "Connections that one worker may have open (worker_connections).",
            low=16,
        )
        backlog: int = _knobs.backlog(2048, "backlog")
        timeout_s: int = _knobs.timeout_s(
            30,
            3,
            "How long a worker's loop may be stuck before it is killed (timeout).",
        )
        keep_alive_s: int = _knobs.keep_alive_s(
            2, 120, "How long the next request head may take to arrive (keepalive)."
        )

    def signature(self, knobs: Knobs) -> Signature:
        tasks = (1 + knobs.processes, 1 + knobs.processes)
        # The arbiter in select(), which Linux calls pselect6, each worker in its loop.
        return Signature(tasks, tasks, frozenset({"pselect6", "epoll_wait"}))

    def needs(self, knobs: Knobs) -> Needs:
        return Needs(open_files=knobs.max_connections + 1024)
