"""What the drivers of the teaching servers share: Python, the settings, the knobs.

A teaching server is one file, server.py, which is given its settings as JSON.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from labs.bench.contracts.driver import Driver, Signature
from labs.bench.contracts.endpoint import Endpoint
from labs.bench.contracts.needs import Needs
from labs.bench.contracts.settings import number

_OWN_FILES = 64  # the program's: standard streams, listening sockets, an epoll
_STACK_BYTES = 8 * 2**20  # address space that a thread of Python's reserves
_ADDRESS_SPACE_BYTES = 2 * 2**30  # beside the stacks


class TeachingDriver(Driver):
    """A server.py in the driver's folder, run by the lab root's Python."""

    operations = frozenset({"ping", "wait", "cpu", "bytes"})
    not_applicable = {
        "reload": (
            "The teaching servers have no graceful restart, to stay short enough to "
            "be read."
        )
    }
    binary = "/usr/bin/python3"
    package = "python3"
    version_arguments = ("-V",)

    def files(self, knobs: Any, endpoint: Endpoint) -> dict[str, str]:
        settings = asdict(endpoint) | asdict(knobs)
        return {
            "settings.json": json.dumps(settings, indent=2) + "\n",
            "server.py": (self.folder / "server.py").read_text(),
        }

    def command(self, knobs: Any, endpoint: Endpoint) -> list[str]:
        # -I: nothing of the environment or of the work directory is imported.
        return [self.binary, "-I", "-u", "/lab/server.py", "/lab/settings.json"]


class BlockingDriver(TeachingDriver):
    """One in which a worker belongs to each connection and sleeps for it."""

    # Seen in /proc/PID/syscall: recv() without and with a time limit, sendall() to a
    # client that does not read, and the handler that waits.
    busy_in = frozenset({"recvfrom", "poll", "sendto", "clock_nanosleep"})


def slow_in(knobs: Any) -> frozenset[str]:
    """Return where a worker stands while its client has sent half a head."""
    # With a time limit Python polls before it receives.
    return frozenset({"poll" if knobs.timeout_s else "recvfrom"})


def loops(processes: int, *others: str, threads: int = 0) -> Signature:
    """Return the signature of loops: the same with clients and without.

    `processes` are all there are, `threads` those beside the main ones; `others` are
    the calls in which whoever runs no loop stands.
    """
    tasks = processes + threads
    calls = frozenset({"epoll_wait", *others})
    return Signature((processes, processes), (tasks, tasks), calls)


def threads_need(threads: int) -> Needs:
    """Return what a process with so many threads needs."""
    return Needs(
        processes=threads + 64,
        open_files=1024 + threads,
        address_space_bytes=_ADDRESS_SPACE_BYTES + threads * _STACK_BYTES,
    )


def connections_need(connections: int, processes: int = 1, threads: int = 0) -> Needs:
    """Return what loops with so many open connections each, and a pool, need."""
    return Needs(
        processes=processes + threads + 64,
        open_files=connections + _OWN_FILES,
        address_space_bytes=_ADDRESS_SPACE_BYTES + threads * _STACK_BYTES,
    )


# --- the knobs: one name, one meaning, in all of them ---------------------------------


def backlog() -> Any:
    return number(
        511,
        1,
        4096,
        label="Backlog",
        help="How many connections may wait to be accepted (listen(2)).",
    )


def timeout_s() -> Any:
    return number(
        0,
        0,
        300,
        label="Timeout",
        unit="s",
        help="How long one recv() may wait for a client; 0 waits for ever.",
    )


def header_timeout_s() -> Any:
    return number(
        0,
        0,
        300,
        label="Header timeout",
        unit="s",
        help="How long a client may take from one answer to the end of its next "
        "request head; 0 waits for ever.",
    )


def max_connections(default: int, most: int, help: str) -> Any:
    return number(default, 1, most, label="Connection limit", help=help)


def processes(default: int, most: int, help: str) -> Any:
    return number(default, 1, most, label="Processes", help=help)


def threads(default: int, most: int, help: str) -> Any:
    return number(default, 1, most, label="Threads", help=help)
