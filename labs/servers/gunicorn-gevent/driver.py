"""Gunicorn with gevent workers: green threads, switched by a loop in each process."""

from __future__ import annotations

from dataclasses import dataclass

from labs.bench.contracts.driver import Signature
from labs.bench.contracts.needs import Needs
from labs.bench.contracts.settings import number
from labs.servers._gunicorn import GunicornDriver


@dataclass(frozen=True)
class Knobs:
    processes: int = number(
        2,
        1,
        8,
        label="Processes",
        help="How many workers there are (workers). Each is one event loop.",
    )
    max_connections: int = number(
        1000,
        16,
        8192,
        label="Connection limit",
        help="Connections that one worker may have open (worker_connections).",
    )
    backlog: int = number(
        2048,
        1,
        4096,
        label="Backlog",
        help="How many connections may wait to be accepted (backlog).",
    )
    timeout_s: int = number(
        30,
        3,
        300,
        label="Timeout",
        unit="s",
        help="How long a worker's loop may be stuck before it is killed (timeout).",
    )
    keep_alive_s: int = number(
        2,
        1,
        120,
        label="Keep-alive",
        unit="s",
        help="How long the next request head may take to arrive (keepalive).",
    )


class GunicornGevent(GunicornDriver):
    name = "Gunicorn gevent"
    concurrency_model = "green-threads"
    package = "gunicorn with python3-gevent"
    Knobs = Knobs

    def signature(self, knobs: Knobs) -> Signature:
        tasks = (1 + knobs.processes, 1 + knobs.processes)
        # The arbiter in select(), which Linux calls pselect6, each worker in its loop.
        return Signature(tasks, tasks, frozenset({"pselect6", "epoll_wait"}))

    def needs(self, knobs: Knobs) -> Needs:
        return Needs(open_files=knobs.max_connections + 1024)
