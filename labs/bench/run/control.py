"""Reads what comes from upstream: commands as JSON lines, their end, or a signal.

End of file means that whoever started the run is gone: the run stops. A regular file as
standard input (for trying by hand) cannot be waited for, and its end means nothing.
"""

import os
import select
import stat
from collections.abc import Callable

from labs.bench.contracts.commands import STOP, Command, read_command
from labs.bench.net.event_loop import EventLoop

_READ_BYTES = 4096
_MAX_LINE_BYTES = 4096  # of a line that has no end yet

# Is given each command, and None for a line that is none.
Receive = Callable[[Command | None], None]


class Control:
    """Holds whether the run was asked to stop, and why. Empty: go on."""

    def __init__(self) -> None:
        self.stop_reason = ""
        self._line = b""

    def stop(self, why: str) -> None:
        """Ask the run to stop; the first reason given is kept. Safe in a signal."""
        self.stop_reason = self.stop_reason or why

    def first_line(self, fd: int, at_most: int) -> str:
        """Wait for the first line and return it; what came behind it is kept."""
        # Read directly: epoll does not see what a buffered reader has read ahead.
        data = b""
        while b"\n" not in data and len(data) <= at_most:
            piece = os.read(fd, _READ_BYTES)
            if not piece:
                break
            data += piece
        line, _, self._line = data.partition(b"\n")
        return line.decode("utf-8", "replace")

    def watch(self, loop: EventLoop, fd: int, receive: Receive) -> None:
        """Read commands from `fd` on the loop; `receive` is given each one."""
        try:
            loop.add(fd, select.EPOLLIN, lambda mask: self._read(loop, fd, receive))
        except PermissionError:  # epoll_ctl(2): a regular file
            return
        self.read_waiting(fd, receive)

    def read_waiting(self, fd: int, receive: Receive = lambda command: None) -> bool:
        """Read what has arrived, without waiting; False at the end of file."""
        # poll(2) calls a regular file readable at all times, at its end as well.
        if stat.S_ISREG(os.fstat(fd).st_mode):
            return True
        poller = select.poll()
        poller.register(fd, select.POLLIN)
        while poller.poll(0):
            data = os.read(fd, _READ_BYTES)
            if not data:
                self.stop("Whoever started the run is gone")
                return False
            self._feed(data, receive)
        return True

    def _read(self, loop: EventLoop, fd: int, receive: Receive) -> None:
        if not self.read_waiting(fd, receive):
            loop.remove(fd)

    def _feed(self, data: bytes, receive: Receive) -> None:
        *lines, self._line = (self._line + data).split(b"\n")
        self._line = self._line[:_MAX_LINE_BYTES]
        for line in lines:
            if line.strip():
                receive(self._parse(line))

    def _parse(self, line: bytes) -> Command | None:
        """Read a command; None for one that is not known or out of bounds."""
        command = read_command(line)
        if command is not None and command.name == STOP:
            self.stop("It was asked to stop")
        return command
