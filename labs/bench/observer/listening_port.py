"""Watches the server's port: who waits there, who is connected, who was turned away.

The kernel's counters cost 0.05 ms a look (measured). To list the connections costs 0.2
to 5 ms, since the kernel walks the table it keeps for the whole machine, and 1 us for
each; so the list is asked for when the counters have changed, at most once a second,
and no more than a tenth of the time is spent on it.
"""

import os
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from labs.bench.contracts.endpoint import Endpoint
from labs.bench.contracts.events import TICK_S
from labs.bench.observer import procfs
from labs.bench.observer.round_robin import EVERY_S
from labs.bench.observer.sock_diag import STATES, Connection, SockDiag

_LIST_SHARE = 0.1  # for the list
STALE_S = 5.0  # some changes no counter shows: the end of a deferred handshake

_FILES = ("snmp", "netstat", "sockstat")
_READ_BYTES = 32 * 1024
_CHANGING = ("ActiveOpens", "PassiveOpens", "AttemptFails", "EstabResets", "CurrEstab")
# The kernel has completed the handshake, or has put it off until the client sends.
_QUEUED_IN = {"established", "close_wait", "syn_recv"}


@dataclass(frozen=True)
class PortState:
    """One look at the port. Connections up to a second old (with tens of thousands some
    seconds), all else of this instant.

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


class _ConnectionList:
    """What a list of connections says, added up once."""

    def __init__(self, connections: Iterable[Connection] = ()) -> None:
        connections = list(connections)
        self.states = dict(Counter(each.state for each in connections))
        self.accepted = {each.inode: each.client for each in connections if each.inode}
        self.waiting = sum(
            not each.inode and each.state in _QUEUED_IN for each in connections
        )


class PortWatch:
    """Looks at one endpoint of this network namespace, again and again."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._diag = SockDiag(endpoint.port)
        self._fds = {
            name: os.open(f"/proc/self/net/{name}", os.O_RDONLY) for name in _FILES
        }
        self._start = self._refusals()
        self._listed = _ConnectionList()
        self._list_again_s = self._listed_s = float("-inf")
        self._counters_then: tuple[int | None, ...] = ()

    def look(self, now_s: float) -> PortState:
        """Read the counters, and the connections where they changed. Monotonic."""
        listeners = self._diag.listeners()
        queue = sum(each.queue for each in listeners) if listeners else None
        self._list(queue, now_s)
        overflows, drops = (
            None if now is None or start is None else now - start
            for now, start in zip(self._refusals(), self._start, strict=True)
        )
        return PortState(
            queue=queue,
            queue_limit=sum(each.limit for each in listeners) if listeners else None,
            states=self._listed.states,
            waiting=self._listed.waiting,
            accepted=self._listed.accepted,
            time_wait=procfs.time_wait(self._read("sockstat")),
            overflows=overflows,
            drops=drops,
        )

    def close(self) -> None:
        """Close the descriptors."""
        self._diag.close()
        while self._fds:
            os.close(self._fds.popitem()[1])

    def _list(self, queue: int | None, now_s: float) -> None:
        """List the connections if it is time to and they may have changed."""
        if now_s < self._list_again_s:
            return
        tcp = procfs.counters(self._read("snmp"), b"Tcp")
        counters = (queue, *map(tcp.get, _CHANGING))
        if counters != self._counters_then or now_s - self._listed_s >= STALE_S:
            began_s = time.monotonic()
            self._listed = _ConnectionList(self._diag.connections())
            rest_s = (time.monotonic() - began_s) / _LIST_SHARE
            self._counters_then, self._listed_s = counters, now_s
            # Half a tick early rather than a whole one late.
            self._list_again_s = now_s + max(EVERY_S, rest_s) - TICK_S / 2

    def _refusals(self) -> tuple[int | None, int | None]:
        extended = procfs.counters(self._read("netstat"), b"TcpExt")
        return extended.get("ListenOverflows"), extended.get("ListenDrops")

    def _read(self, name: str) -> bytes:
        return os.pread(self._fds[name], _READ_BYTES, 0)
