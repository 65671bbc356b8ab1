"""Watches the server's port: who waits there, who is connected, who was turned away.

The kernel's counters cost 0.05 ms a look (measured). To list the connections costs 0.2
to 5 ms, since the kernel walks the table it keeps for the whole machine, and 1 us for
each; so the list is asked for when the counters have changed, at most once a second.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field

from labs.bench import procfs
from labs.bench.events import TICK_S
from labs.bench.sandbox.endpoint import Endpoint
from labs.bench.sockdiag import STATES, Connection, SockDiag
from labs.bench.turns import EVERY_S

STALE_S = 5.0  # what no counter tells of, such as the end of a deferred handshake

_FILES = ("snmp", "netstat", "sockstat")
_READ_BYTES = 32 * 1024
_TELLING = ("ActiveOpens", "PassiveOpens", "AttemptFails", "EstabResets", "CurrEstab")
# The kernel has completed the handshake, or has put it off until the client sends.
_QUEUED_IN = {"established", "close_wait", "syn_recv"}


@dataclass(frozen=True)
class Port:
    """One look at the port. Connections up to a second old, all else of this instant.

    `accepted`: inode -> the client's port, of every connection that a process has.
    `states`: TCP state -> the server's ends in it; `time_wait` counts either end.
    `overflows`, `drops`: of all listening sockets of the namespace since the start.
    """

    queue: int | None = None  # None without a listener
    queue_limit: int | None = None
    states: dict[str, int] = field(default_factory=dict)
    waiting: int = 0
    accepted: dict[int, int] = field(default_factory=dict)
    time_wait: int = 0
    overflows: int | None = None
    drops: int | None = None

    def values(self) -> dict[str, float | None]:
        """Return a tick's values of the port."""
        named = {f"tcp_{name}": self.states.get(name, 0) for name in STATES.values()}
        return {
            "server_connections": self.states.get("established", 0),
            "connections_served": len(self.accepted),
            "connections_waiting": self.waiting,
            "accept_queue": self.queue,
            "accept_queue_limit": self.queue_limit,
            "listen_overflows": self.overflows,
            "listen_drops": self.drops,
            **named,
            "tcp_time_wait": self.time_wait,
        }


class PortWatch:
    """Looks at one endpoint of this network namespace, again and again."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._diag = SockDiag(endpoint.port)
        self._fds = {
            name: os.open(f"/proc/self/net/{name}", os.O_RDONLY) for name in _FILES
        }
        self._start = self._refusals()
        self._connections: list[Connection] = []
        self._listed_s = float("-inf")
        self._told: tuple = ()

    def look(self, now_s: float) -> Port:
        """Read the counters, and the connections where they changed. Monotonic."""
        listeners = self._diag.listeners()
        queue = sum(each.queue for each in listeners) if listeners else None
        self._list(queue, now_s)
        overflows, drops = (
            None if now is None or start is None else now - start
            for now, start in zip(self._refusals(), self._start, strict=True)
        )
        return Port(
            queue=queue,
            queue_limit=sum(each.limit for each in listeners) if listeners else None,
            states=dict(Counter(each.state for each in self._connections)),
            waiting=sum(map(_is_waiting, self._connections)),
            accepted={c.inode: c.client for c in self._connections if c.inode},
            time_wait=procfs.time_wait(self._read("sockstat")),
            overflows=overflows,
            drops=drops,
        )

    def close(self) -> None:
        """Give the descriptors back."""
        self._diag.close()
        while self._fds:
            os.close(self._fds.popitem()[1])

    def _list(self, queue: int | None, now_s: float) -> None:
        """List the connections if it is time to and they may have changed."""
        # Half a tick early rather than a whole one late.
        if now_s - self._listed_s < EVERY_S - TICK_S / 2:
            return
        tcp = procfs.counters(self._read("snmp"), b"Tcp")
        told = (queue, *map(tcp.get, _TELLING))
        if told != self._told or now_s - self._listed_s >= STALE_S:
            self._connections = self._diag.connections()
            self._told, self._listed_s = told, now_s

    def _refusals(self) -> tuple[int | None, int | None]:
        extended = procfs.counters(self._read("netstat"), b"TcpExt")
        return extended.get("ListenOverflows"), extended.get("ListenDrops")

    def _read(self, name: str) -> bytes:
        return os.pread(self._fds[name], _READ_BYTES, 0)


def _is_waiting(connection: Connection) -> bool:
    return not connection.inode and connection.state in _QUEUED_IN
