"""What the Apache drivers share: modules, logging, the application, the time limits."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from labs.bench.contracts.driver import Driver, Signature
from labs.bench.contracts.endpoint import Endpoint
from labs.bench.contracts.needs import Needs
from labs.bench.observer.syscall_meanings import HANDLER, PROCESS
from labs.servers import _knobs

_REQTIMEOUT = """
# A request head must be complete within this time, however steadily it arrives.
LoadModule reqtimeout_module /usr/lib/apache2/modules/mod_reqtimeout.so
RequestReadTimeout header={seconds}
"""
_NO_REQTIMEOUT = """
# mod_reqtimeout, which Debian loads by default, is left out: only `Timeout` bounds how
# long a silent client may take, and one that says a word now and then is never silent.
"""


def backlog() -> Any:
    return _knobs.backlog(511, "ListenBacklog")


def timeout_s() -> Any:
    return _knobs.timeout_s(60, 1, "How long a client may stay silent (Timeout).")


def keep_alive_s(help: str) -> Any:
    return _knobs.keep_alive_s(5, 120, help)


def header_timeout_s() -> Any:
    return _knobs.header_timeout_s(
        0, 0, 120, "Limit for a whole request head (mod_reqtimeout); 0 leaves it off."
    )


class ApacheDriver(Driver):
    """An Apache httpd with one multi-processing module (MPM)."""

    binary = "/usr/sbin/apache2"
    package = "apache2-bin"
    operations = frozenset({"ping", "wait", "cpu", "bytes"})
    version_pattern = r"Apache/(\d+\.\d+\.\d+)"
    reload_signal = "SIGUSR1"  # "graceful", as `apachectl graceful` sends it
    # Where a worker stands while it waits for the rest of a request: Apache reads with
    # a time limit, which is a poll (seen in /proc/PID/syscall with a slow client).
    busy_in = frozenset({"poll"})
    # A child sleeps only where the application does (the parent, between two looks at
    # its children); the main thread of a child waits for the parent's word on a pipe.
    meanings = {"pselect6": HANDLER, "read": PROCESS}

    def files(self, knobs: Any, endpoint: Endpoint) -> dict[str, str]:
        common = self.template(
            "../_apache_common.conf",
            host=endpoint.host,
            port=endpoint.port,
            backlog=knobs.backlog,
            timeout_s=knobs.timeout_s,
            keep_alive_s=knobs.keep_alive_s,
            header_timeout=_header_timeout(knobs.header_timeout_s),
        )
        mpm = self.template("mpm.conf", **self.mpm_values(knobs))
        return {
            "httpd.conf": mpm + "\n" + common,
            "app.lua": (self.folder / "../_apache_app.lua").read_text(),
            "www/ping": "pong\n",
        }

    @abstractmethod
    def mpm_values(self, knobs: Any) -> dict[str, Any]:
        """Return the values of the placeholders in mpm.conf."""

    def command(self, knobs: Any, endpoint: Endpoint) -> list[str]:
        return [self.binary, "-f", "/lab/httpd.conf", "-DFOREGROUND"]


@dataclass(frozen=True)
class ThreadedKnobs:
    """The knobs of an MPM with threads. A driver declares again what it calls
    otherwise; the order stays."""

    processes: int = _knobs.processes(
        2, 16, "How many child processes there are (ServerLimit)."
    )
    threads: int = _knobs.threads(
        32, 64, "Threads in each process (ThreadsPerChild); each serves one connection."
    )
    backlog: int = backlog()
    timeout_s: int = timeout_s()
    keep_alive_s: int = keep_alive_s(
        "How long a thread waits for the next request (KeepAliveTimeout)."
    )
    header_timeout_s: int = header_timeout_s()


class ThreadedApacheDriver(ApacheDriver):
    """An MPM whose child processes have a pool of threads each, and a listener."""

    worker_noun = "thread"
    listens_in: ClassVar[str]  # the system call in which an idle listener stands
    generations: ClassVar[int] = 1  # of children that may be there at once

    def mpm_values(self, knobs: ThreadedKnobs) -> dict[str, Any]:
        return {
            "processes": knobs.processes,
            "server_limit": self.generations * knobs.processes,
            "threads": knobs.threads,
            "slots": self.worker_slots(knobs),
        }

    def worker_slots(self, knobs: ThreadedKnobs) -> int:
        return knobs.processes * knobs.threads

    def signature(self, knobs: ThreadedKnobs) -> Signature:
        # The parent sleeps (pselect6) between two looks at its children; a child's main
        # thread reads from the pipe by which it is told to stop; idle workers are in
        # futex.
        tasks = 1 + knobs.processes * (knobs.threads + 2)
        return Signature(
            processes=(1 + knobs.processes, 1 + knobs.processes),
            threads=(tasks, tasks),
            idle_in=frozenset({"pselect6", "read", "futex", self.listens_in}),
            slow_in=frozenset({"poll"}),
        )

    def needs(self, knobs: ThreadedKnobs) -> Needs:
        # Each process has its pool, a listener and a main thread.
        tasks = self.generations * knobs.processes * (knobs.threads + 2)
        return Needs(
            processes=tasks + 64,
            open_files=1024 + knobs.threads,
            address_space_bytes=(2 + knobs.threads // 16) * 2**30,
        )


def _header_timeout(seconds: int) -> str:
    return _REQTIMEOUT.format(seconds=seconds) if seconds else _NO_REQTIMEOUT
