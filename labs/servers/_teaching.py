"""What the drivers of the teaching servers share: Python, the settings, the knobs.

A teaching server is one file, server.py, which is given its settings as JSON.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from labs.bench.contracts.driver import Driver, Signature
from labs.bench.contracts.endpoint import Endpoint
from labs.bench.contracts.needs import Needs
from labs.servers import _knobs

_PROGRAM_FILES = 64  # beside connections: standard streams, listening sockets, an epoll
_STACK_BYTES = 8 * 2**20  # address space that a thread of Python's reserves
_ADDRESS_SPACE_BYTES = 2 * 2**30  # beside the stacks


# --- the knobs: one name, one meaning, in all of them ---------------------------------


def backlog() -> Any:
    return _knobs.backlog(511, "listen(2)")


def timeout_s() -> Any:
    return _knobs.timeout_s(
        0, 0, "How long one recv() may wait for a client; 0 waits for ever."
    )


def header_timeout_s() -> Any:
    return _knobs.header_timeout_s(
        0,
        0,
        300,
        "How long a client may take from one answer to the end of its next "
        "request head; 0 waits for ever.",
    )


# --- the drivers ----------------------------------------------------------------------


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
    version_arguments: ClassVar[tuple[str, ...]] = ("-V",)

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


class OneLoopDriver(TeachingDriver):
    """One in which a single thread runs a loop over all connections."""

    @dataclass(frozen=True)
    class Knobs:
        backlog: int = backlog()
        max_connections: int = _knobs.max_connections(
            4096,
            16384,
            "How many connections may be open at once; others wait in the backlog.",
        )
        header_timeout_s: int = header_timeout_s()

    def signature(self, knobs: Knobs) -> Signature:
        return loops(1)

    def needs(self, knobs: Knobs) -> Needs:
        return connections_need(knobs.max_connections)


def slow_in(timeout_s: int) -> frozenset[str]:
    """Return where a worker stands while its client has sent half a head."""
    # With a time limit Python polls before it receives.
    return frozenset({"poll" if timeout_s else "recvfrom"})


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
        open_files=connections + _PROGRAM_FILES,
        address_space_bytes=_ADDRESS_SPACE_BYTES + threads * _STACK_BYTES,
    )
