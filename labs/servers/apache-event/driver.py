"""Apache httpd with the event MPM: pools of threads, a loop for idle connections."""

from dataclasses import dataclass

from labs.servers import _apache, _knobs
from labs.servers._apache import ThreadedApacheDriver, ThreadedKnobs


class ApacheEvent(ThreadedApacheDriver):
    name = "Apache event"
    concurrency_model = "loop-and-thread-pool"
    listens_in = "epoll_wait"
    # While it restarts gracefully there may be as many old processes beside the new.
    generations = 2

    @dataclass(frozen=True)
    class Knobs(ThreadedKnobs):
        processes: int = _knobs.processes(
            2, 16, "How many child processes there are (MaxRequestWorkers / threads)."
        )
        threads: int = _knobs.threads(
            32,
            64,
            "Threads in each process (ThreadsPerChild); each serves one request.",
        )
        keep_alive_s: int = _apache.keep_alive_s(
            "How long a connection may be idle (KeepAliveTimeout), holding no thread."
        )
