"""NGINX: a few worker processes, each with one event loop over its connections."""

from dataclasses import asdict, dataclass

from labs.bench.contracts.driver import Driver, Signature
from labs.bench.contracts.endpoint import Endpoint
from labs.bench.contracts.needs import Needs
from labs.servers import _knobs

_OTHER_FILES = 64  # logs, listening sockets, event queues


class Nginx(Driver):
    name = "NGINX"
    concurrency_model = "several-event-loops"
    binary = "/usr/sbin/nginx"
    package = "nginx"
    version_pattern = r"nginx/(\d+\.\d+\.\d+)"
    reload_signal = "SIGHUP"
    not_applicable = {
        "header_timeout_s": (
            "NGINX cannot leave its limit for request heads off, so that nothing shows "
            "what it changes."
        ),
        "wait": (
            "NGINX runs no application in its workers: what waits is a program behind "
            "it, and then that program is measured."
        ),
        "cpu": (
            "NGINX runs no application in its workers: what computes is a program "
            "behind it, and then that program is measured."
        ),
        "bytes": (
            "NGINX sends files as they are and has nothing that makes an answer of a "
            "length that the request names."
        ),
    }

    @dataclass(frozen=True)
    class Knobs:
        processes: int = _knobs.processes(
            2,
            16,
            "How many workers there are (worker_processes). It limits no connection.",
        )
        max_connections: int = _knobs.max_connections(
            4096,
            16384,
            "Connections that one worker may have open (worker_connections).",
            low=16,
        )
        backlog: int = _knobs.backlog(511, "listen ... backlog=")
        keep_alive_s: int = _knobs.keep_alive_s(
            75, 300, "How long an idle connection is kept (keepalive_timeout)."
        )
        header_timeout_s: int = _knobs.header_timeout_s(
            60, 1, 300, "Limit for a whole request head (client_header_timeout)."
        )

    def files(self, knobs: Knobs, endpoint: Endpoint) -> dict[str, str]:
        values = asdict(knobs) | {"host": endpoint.host, "port": endpoint.port}
        return {
            "nginx.conf": self.template("nginx.conf", **values),
            "www/ping": "pong\n",
        }

    def command(self, knobs: Knobs, endpoint: Endpoint) -> list[str]:
        arguments = ("-e", "stderr", "-p", "/box", "-c", "/lab/nginx.conf")
        return [self.binary, *arguments]

    def signature(self, knobs: Knobs) -> Signature:
        tasks = (1 + knobs.processes, 1 + knobs.processes)
        # The master waits for signals, the workers for events; slow clients or not.
        return Signature(tasks, tasks, frozenset({"rt_sigsuspend", "epoll_wait"}))

    def needs(self, knobs: Knobs) -> Needs:
        # A connection to a static file takes two descriptors while the file is open.
        return Needs(open_files=knobs.max_connections + 1024 + _OTHER_FILES)
