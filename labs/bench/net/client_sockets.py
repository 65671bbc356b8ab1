"""Opening client sockets, and what the errors of one mean as an outcome."""

import errno
import os
import resource
import socket
from contextlib import suppress

from labs.bench.contracts.errors import BenchFault, Reason
from labs.bench.contracts.outcomes import Outcome
from labs.bench.net.event_loop import EventLoop

_OUR_LIMITS = {
    errno.EMFILE: "open files",
    errno.ENFILE: "open files of the whole machine",
    errno.EADDRNOTAVAIL: "local ports",
    errno.ENOBUFS: "socket buffers",
    errno.ENOMEM: "memory",
}
_SPARE_FILES = 64  # pipes, epoll, /proc
# For the inside view, which keeps two files open for each thread of the server.
_RESERVED_FILES = 3000
_MAX_HERE = 16_000  # in one process: beyond it the work is shared
_IP_BIND_ADDRESS_NO_PORT = 24  # linux/in.h


class Sources:
    """Loopback addresses to connect from.

    One address can hold only as many connections to a server as it has free ports
    (ip_local_port_range, 28,232 by default), and those in TIME_WAIT count. So the first
    `PORTS_EACH` connections leave the choice to the kernel (127.0.0.1), the next so
    many come from 127.0.0.2, and so on; after `MAX` addresses the first is used again.
    `offset` makes several processes begin with different addresses.
    """

    PORTS_EACH = 20_000
    MAX = 200

    def __init__(self, offset: int = 0) -> None:
        self._offset, self._given = offset, 0

    def next(self) -> str | None:
        """Return the address to bind the next socket to; None for the kernel's."""
        at = (self._given // self.PORTS_EACH + self._offset) % self.MAX
        self._given += 1
        return f"127.0.0.{at + 1}" if at else None


def open_socket(
    address: tuple[str, int], source: str | None = None, receive_bytes: int = 0
) -> tuple[socket.socket, int]:
    """Begin to connect; return the socket and connect's errno (0 or EINPROGRESS too).

    `source` is an address of `Sources`; `receive_bytes`, if not 0, is what the kernel
    shall keep of answers at most. Raises BenchFault, reason host_limit, when it is our
    machine that has run out.
    """
    try:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        # Else a second small piece would wait for the first to be acknowledged
        # (Nagle's algorithm: RFC 9293, section 3.7.4).
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if receive_bytes:  # before the handshake, which announces it
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        if source is not None:
            # The port is chosen by connect(), which knows the other end: ip(7).
            sock.setsockopt(socket.IPPROTO_IP, _IP_BIND_ADDRESS_NO_PORT, 1)
            sock.bind((source, 0))
        code = sock.connect_ex(address)
    except OSError as error:
        raise host_limit(error.errno) from error
    if code in _OUR_LIMITS:
        sock.close()
        raise host_limit(code)
    # A connect that does not block is completed later: EPOLLOUT says when.
    return sock, 0 if code == errno.EINPROGRESS else code


def close_socket(loop: EventLoop, sock: socket.socket) -> None:
    """Stop watching a socket and close it."""
    with suppress(KeyError):  # one whose connect failed at once was never watched
        loop.remove(sock.fileno())
    sock.close()


def host_limit(code: int | None) -> BenchFault:
    """Say which of our own resources has run out."""
    code = code or 0  # a failure of Python's own has none
    what = _OUR_LIMITS.get(code, os.strerror(code))
    return BenchFault(f"The load generator ran out of {what}", reason=Reason.HOST_LIMIT)


def outcome_of(code: int | None) -> Outcome:
    """Name the outcome that an errno of a connection stands for."""
    # Whatever else ends a connection (ECONNRESET, EPIPE, ETIMEDOUT) is one thing to a
    # client: the answer does not come.
    return Outcome.REFUSED if code == errno.ECONNREFUSED else Outcome.RESET


def room() -> int:
    """Return how many connections this process may hold beside all else it does."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        return _MAX_HERE
    return max(1, min(_MAX_HERE, hard - _RESERVED_FILES))


def files_needed(number: int) -> int:
    """Return how many open files a process needs for so many connections."""
    return number + _SPARE_FILES


def allow_connections(number: int) -> None:
    """Make room for `number` sockets at once; BenchFault if the host does not allow."""
    needed = files_needed(number)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise BenchFault(
            f"{number} connections need {needed} open files, "
            f"and this host allows {hard}",
            reason=Reason.HOST_LIMIT,
        )
    # A process may raise its soft limit itself, up to the hard one: getrlimit(2).
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
