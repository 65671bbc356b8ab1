"""Opening client sockets, and what the errors of one mean as an outcome."""

from __future__ import annotations

import errno
import os
import resource
import socket
from contextlib import suppress

from labs.bench.errors import BenchFault, Reason
from labs.bench.loop import Loop

REFUSED, RESET = "refused", "reset"
CONNECT_TIMEOUT, READ_TIMEOUT = "connect_timeout", "read_timeout"
HTTP_ERROR, UNFINISHED = "http_error", "unfinished"

_OUR_LIMITS = {
    errno.EMFILE: "open files",
    errno.ENFILE: "open files of the whole machine",
    errno.EADDRNOTAVAIL: "local ports",
    errno.ENOBUFS: "socket buffers",
    errno.ENOMEM: "memory",
}
_SPARE_FILES = 64  # pipes, epoll, /proc


def open_socket(address: tuple[str, int]) -> tuple[socket.socket, int]:
    """Begin to connect; return the socket and connect's errno (0 or EINPROGRESS too).

    Raises BenchFault, reason host_limit, when it is our machine that has run out.
    """
    try:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        code = sock.connect_ex(address)
    except OSError as error:
        raise host_limit(error.errno) from error
    if code in _OUR_LIMITS:
        sock.close()
        raise host_limit(code)
    return sock, 0 if code == errno.EINPROGRESS else code


def close_socket(loop: Loop, sock: socket.socket) -> None:
    """Stop watching a socket and close it."""
    with suppress(KeyError):  # one whose connect failed at once was never watched
        loop.remove(sock.fileno())
    sock.close()


def host_limit(code: int) -> BenchFault:
    """Say which of our own resources has run out."""
    what = _OUR_LIMITS.get(code, os.strerror(code))
    return BenchFault(f"The load generator ran out of {what}", reason=Reason.HOST_LIMIT)


def outcome_of(code: int) -> str:
    """Name the outcome that an errno of a connection stands for."""
    return REFUSED if code == errno.ECONNREFUSED else RESET


def allow_connections(number: int) -> None:
    """Make room for `number` sockets at once; BenchFault if the host does not allow."""
    needed = number + _SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise BenchFault(
            f"{number} connections need {needed} open files, "
            f"and this host allows {hard}",
            reason=Reason.HOST_LIMIT,
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
