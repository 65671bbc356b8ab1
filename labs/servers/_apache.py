"""What the Apache drivers share: modules, logging, the application, the time limits."""

from __future__ import annotations

from typing import Any

from labs.bench.contracts.driver import Driver, Signature
from labs.bench.contracts.endpoint import Endpoint
from labs.bench.observer.syscall_meanings import HANDLER, PROCESS

_REQTIMEOUT = """
# A request head must be complete within this time, however steadily it arrives.
LoadModule reqtimeout_module /usr/lib/apache2/modules/mod_reqtimeout.so
RequestReadTimeout header={seconds}
"""
_NO_REQTIMEOUT = """
# mod_reqtimeout, which Debian loads by default, is left out: only `Timeout` bounds how
# long a silent client may take, and one that says a word now and then is never silent.
"""


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

    def mpm_values(self, knobs: Any) -> dict[str, Any]:
        """Return the values of the placeholders in mpm.conf."""
        raise NotImplementedError

    def command(self, knobs: Any, endpoint: Endpoint) -> list[str]:
        return [self.binary, "-f", "/lab/httpd.conf", "-DFOREGROUND"]


def threaded_signature(processes: int, threads: int, listener: str) -> Signature:
    """Return the signature of an MPM with threads, whose listeners stand in `listener`.

    The parent sleeps (pselect6) between two looks at its children; a child's main
    thread reads from the pipe by which it is told to stop; idle workers are in futex.
    """
    tasks = 1 + processes * (threads + 2)
    return Signature(
        processes=(1 + processes, 1 + processes),
        threads=(tasks, tasks),
        idle_in=frozenset({"pselect6", "read", "futex", listener}),
        slow_in=frozenset({"poll"}),
    )


def _header_timeout(seconds: int) -> str:
    return _REQTIMEOUT.format(seconds=seconds) if seconds else _NO_REQTIMEOUT
