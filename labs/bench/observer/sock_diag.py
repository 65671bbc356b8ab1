"""Asks the kernel about the sockets at one port (sock_diag(7), over netlink).

It answers for the network namespace of the socket that asks, so that nothing has to
enter the sandbox.
"""

import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

# include/net/tcp_states.h. TIME_WAIT (6) is left out: there may be tens of thousands,
# and the kernel has their number elsewhere.
STATES = {
    1: "established",
    3: "syn_recv",
    4: "fin_wait1",
    5: "fin_wait2",
    8: "close_wait",
    9: "last_ack",
    11: "closing",
}
_LISTEN = 10

_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_REQUEST_DUMP = 0x1 | 0x300
_ERROR, _DONE = 2, 3
_HEADER = struct.Struct("=IHHII")  # nlmsghdr
# nlmsghdr: length, type. inet_diag_msg: state; port here and there; what is queued to
# read and to write (for a listener: connections not accepted, and the most of them);
# inode, which is zero while no process has the socket.
_MESSAGE = struct.Struct("=IH10xxBxxHH44xIIIxxxxI")
_RECEIVE_BYTES = 256 * 1024
_ANSWER_TIMEOUT_S = 1.0
_NO_COOKIE = 0xFFFFFFFF


@dataclass(frozen=True)
class Listener:
    """A listening socket: how many wait to be accepted, and how many may."""

    queue: int
    limit: int


class Connection(NamedTuple):
    """The server's end of a connection. `inode` is 0 while it is not accepted."""

    state: str
    client: int  # the client's port
    inode: int


class SockDiag:
    """Asks about the TCP sockets of IPv4 that have `port` at this end."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket = socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG
        )
        self._socket.settimeout(_ANSWER_TIMEOUT_S)

    def listeners(self) -> list[Listener]:
        """List the listening sockets: several where the port is shared."""
        found = self._dump(1 << _LISTEN)
        return [Listener(queue, limit) for _, _, queue, limit, _ in found]

    def connections(self) -> list[Connection]:
        """List the connections, queued or accepted, in any state but TIME_WAIT."""
        found = self._dump(sum(1 << number for number in STATES))
        return [
            Connection(STATES[state], socket.ntohs(client), inode)
            for state, client, _, _, inode in found
            if state in STATES
        ]

    def close(self) -> None:
        """Close the descriptor."""
        self._socket.close()

    def _dump(self, states: int) -> Iterator[tuple[int, int, int, int, int]]:
        """Yield state, client's port as it came, both queues, inode."""
        self._ask(states)
        while True:
            data = self._socket.recv(_RECEIVE_BYTES)
            rows = _uniform_rows(data)
            if rows is not None:
                yield from rows
                continue
            at = 0
            while at + _HEADER.size <= len(data):
                length, kind, *_ = _HEADER.unpack_from(data, at)
                if kind == _DONE:
                    return
                if kind == _ERROR:
                    (code,) = struct.unpack_from("=i", data, at + _HEADER.size)
                    raise OSError(-code, "The kernel refused a sock_diag request")
                if kind == _SOCK_DIAG_BY_FAMILY:
                    yield read(data, at)
                # Messages begin at multiples of four bytes (NLMSG_ALIGN): netlink(3).
                at += (max(length, _HEADER.size) + 3) & ~3

    def _ask(self, states: int) -> None:
        """Send inet_diag_req_v2 for IPv4, TCP, these states and the port."""
        family = struct.pack("=BBBBI", socket.AF_INET, socket.IPPROTO_TCP, 0, 0, states)
        ports = struct.pack("!HH", self._port, 0)
        rest = struct.pack("=III", 0, _NO_COOKIE, _NO_COOKIE)
        # Zeros stand for any address, of 16 bytes on each side.
        body = family + ports + bytes(32) + rest
        length = _HEADER.size + len(body)
        header = _HEADER.pack(length, _SOCK_DIAG_BY_FAMILY, _REQUEST_DUMP, 1, 0)
        self._socket.send(header + body)


def _uniform_rows(data: bytes) -> list[tuple[int, int, int, int, int]] | None:
    """Read a datagram in which every message describes a socket and all have the same
    length, as in nearly every one; None for any other.

    One unpack for all takes half the time of one message after the other (measured).
    """
    length, kind, *_ = _HEADER.unpack_from(data)
    if kind != _SOCK_DIAG_BY_FAMILY or length % 4 or len(data) % length:
        return None
    rows = list(_row(length).iter_unpack(data))
    if any(row[0] != length or row[1] != kind for row in rows):
        return None
    return [
        (state, client, queue, limit, inode)
        for _, _, state, _, client, _, queue, limit, inode in rows
    ]


@cache
def _row(length: int) -> struct.Struct:
    return struct.Struct(f"{_MESSAGE.format}{length - _MESSAGE.size}x")


def read(data: bytes, at: int = 0) -> tuple[int, int, int, int, int]:
    """Read one message: state, client's port in network order, queues, inode."""
    fields = _MESSAGE.unpack_from(data, at)
    _, _, state, _, client, _, queue, limit, inode = fields
    return state, client, queue, limit, inode
