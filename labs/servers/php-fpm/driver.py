"""PHP-FPM asked directly: a pool of processes, one FastCGI request each."""

from dataclasses import dataclass

from labs.bench.contracts.driver import Signature
from labs.bench.contracts.endpoint import Endpoint
from labs.bench.contracts.needs import Needs
from labs.servers import _knobs
from labs.servers._php import PhpFpmDriver, at


class PhpFpm(PhpFpmDriver):
    name = "PHP-FPM"
    concurrency_model = "pre-forked-processes"
    protocol = "fastcgi"
    worker_noun = "process"
    reload_signal = "SIGUSR2"
    # It reads a request that has begun, polls for one that has not, or runs the script.
    busy_in = frozenset({"read", "poll", "clock_nanosleep", "write"})

    @dataclass(frozen=True)
    class Knobs:
        processes: int = _knobs.processes(
            8, 64, "Size of the pool (pm.max_children). Each serves one connection."
        )
        backlog: int = _knobs.backlog(511, "listen.backlog")
        timeout_s: int = _knobs.timeout_s(
            0,
            0,
            "How long a request may take (request_terminate_timeout); 0: no limit.",
        )

    def files(self, knobs: Knobs, endpoint: Endpoint) -> dict[str, str]:
        pool = self.pool(knobs.processes, at(endpoint), knobs.backlog, knobs.timeout_s)
        return {"php-fpm.conf": pool, "app.php": self.script()}

    def command(self, knobs: Knobs, endpoint: Endpoint) -> list[str]:
        # -n: no php.ini, and so no extension that is not built in.
        return [self.binary, "-n", "-F", "-y", "/lab/php-fpm.conf"]

    def worker_slots(self, knobs: Knobs) -> int:
        return knobs.processes

    def signature(self, knobs: Knobs) -> Signature:
        tasks = (1 + knobs.processes, 1 + knobs.processes)
        idle_in = frozenset({"epoll_wait", "accept"})
        return Signature(tasks, tasks, idle_in, slow_in=frozenset({"read"}))

    def needs(self, knobs: Knobs) -> Needs:
        return Needs(processes=knobs.processes + 64)
