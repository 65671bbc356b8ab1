"""NGINX with PHP-FPM behind it: loops in front, a pool of processes at the back."""

from dataclasses import dataclass

from labs.bench.contracts.driver import Signature
from labs.bench.contracts.endpoint import Endpoint
from labs.bench.contracts.needs import Needs
from labs.bench.contracts.settings import number
from labs.servers import _knobs
from labs.servers._php import PhpFpmDriver

_NGINX_PROCESSES = 2
_POOL_SOCKET = "/box/php.sock"
_POOL_BACKLOG = 511
_OTHER_FILES = 64  # logs, listening sockets, event queues


class NginxPhpFpm(PhpFpmDriver):
    name = "NGINX with PHP-FPM"
    concurrency_model = "several-event-loops"
    helpers = ("/usr/bin/python3", "/usr/sbin/nginx")
    not_applicable = {
        "header_timeout_s": (
            "NGINX cannot leave its limit for request heads off, so that nothing shows "
            "what it changes."
        ),
        "reload": (
            "These are two programs, each with a graceful restart of its own: NGINX "
            "and PHP-FPM are measured alone."
        ),
    }

    @dataclass(frozen=True)
    class Knobs:
        processes: int = _knobs.processes(
            8, 64, "How many run PHP (pm.max_children). NGINX has two more of its own."
        )
        max_connections: int = _knobs.max_connections(
            4096,
            8192,
            "Connections of one NGINX worker (worker_connections); PHP's count too.",
            low=16,
        )
        backlog: int = number(
            511,
            1,
            4096,
            label="Backlog",
            help="How many connections may wait for NGINX (listen ... backlog=).",
        )
        keep_alive_s: int = _knobs.keep_alive_s(
            75, 300, "How long NGINX keeps an idle connection (keepalive_timeout)."
        )
        header_timeout_s: int = _knobs.header_timeout_s(
            60, 1, 300, "Limit for a whole request head (client_header_timeout)."
        )
        timeout_s: int = _knobs.timeout_s(
            60,
            1,
            "How long NGINX waits for PHP to say something (fastcgi_read_timeout).",
        )

    def files(self, knobs: Knobs, endpoint: Endpoint) -> dict[str, str]:
        nginx = self.template(
            "nginx.conf",
            host=endpoint.host,
            port=endpoint.port,
            nginx_processes=_NGINX_PROCESSES,
            max_connections=knobs.max_connections,
            backlog=knobs.backlog,
            keep_alive_s=knobs.keep_alive_s,
            header_timeout_s=knobs.header_timeout_s,
            timeout_s=knobs.timeout_s,
            pool_socket=_POOL_SOCKET,
        )
        return {
            "nginx.conf": nginx,
            "fastcgi.conf": (self.folder / "fastcgi.conf").read_text(),
            "php-fpm.conf": self.pool(
                knobs.processes, _POOL_SOCKET, _POOL_BACKLOG, timeout_s=0
            ),
            "app.php": self.script(),
            "launcher.py": (self.folder / "launcher.py").read_text(),
        }

    def command(self, knobs: Knobs, endpoint: Endpoint) -> list[str]:
        python, nginx = self.helpers
        programs = (_POOL_SOCKET, self.binary, nginx)
        return [python, "-I", "-u", "/lab/launcher.py", *programs]

    def signature(self, knobs: Knobs) -> Signature:
        # The launcher, two masters, NGINX's workers and the pool.
        tasks = 3 + _NGINX_PROCESSES + knobs.processes
        idle_in = frozenset({"wait4", "rt_sigsuspend", "epoll_wait", "accept"})
        return Signature((tasks, tasks), (tasks, tasks), idle_in)

    def needs(self, knobs: Knobs) -> Needs:
        return Needs(
            processes=knobs.processes + 64,
            open_files=knobs.max_connections + 1024 + _OTHER_FILES,
        )
