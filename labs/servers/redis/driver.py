"""Redis: one thread runs all commands, with an event loop over its clients."""

from dataclasses import asdict, dataclass

from labs.bench.contracts.driver import Driver, Signature
from labs.bench.contracts.endpoint import Endpoint
from labs.bench.contracts.needs import Needs
from labs.bench.contracts.settings import number
from labs.servers import _knobs

_OTHER_FILES = 64  # Redis keeps 32 for itself
# Beside those that serve: three for slow work in the background, and the memory
# allocator's, which are more where there are more processors.
_MORE_THREADS = (3, 8)


class Redis(Driver):
    name = "Redis"
    concurrency_model = "single-event-loop"
    protocol = "resp"
    operations = frozenset({"ping", "wait", "cpu", "bytes"})
    not_applicable = {
        "reload": (
            "Redis has no graceful restart: its data are in its one process, and "
            "settings are changed in it by a command (CONFIG SET)."
        )
    }
    binary = "/usr/bin/redis-server"
    package = "redis-server"
    version_pattern = r"v=(\d+\.\d+\.\d+)"

    @dataclass(frozen=True)
    class Knobs:
        max_connections: int = _knobs.max_connections(
            10000,
            16384,
            "Clients at once (maxclients); one more is told so and closed.",
            low=16,
        )
        backlog: int = _knobs.backlog(511, "tcp-backlog")
        timeout_s: int = _knobs.timeout_s(
            0, 0, "How long a client may stay silent (timeout); 0 waits for ever."
        )
        io_threads: int = number(
            1,
            1,
            8,
            label="I/O threads",
            help="How many threads read and write (io-threads). One runs the commands.",
        )

    def files(self, knobs: Knobs, endpoint: Endpoint) -> dict[str, str]:
        values = asdict(knobs) | {"host": endpoint.host, "port": endpoint.port}
        return {"redis.conf": self.template("redis.conf", **values)}

    def command(self, knobs: Knobs, endpoint: Endpoint) -> list[str]:
        return [self.binary, "/lab/redis.conf"]

    def signature(self, knobs: Knobs) -> Signature:
        least, most = (knobs.io_threads + more for more in _MORE_THREADS)
        idle_in = frozenset({"epoll_wait", "futex"})
        return Signature((1, 1), (least, most), idle_in)

    def needs(self, knobs: Knobs) -> Needs:
        return Needs(open_files=knobs.max_connections + _OTHER_FILES)
