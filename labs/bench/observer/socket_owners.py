"""Which process holds which connection, by the sockets among its open files.

Listing the files of a process costs 2 us for each, asking where one leads 3 us more
(measured), so it is done in turns (`round_robin`), once a second, for a bounded number
of files; and a file that led to a connection is not asked again while that connection
is there.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from labs.bench.observer import procfs

MAX_FILES = 5000  # of one process; of one that has more only their number is given
MAX_SHOWN = 64  # connections of a process that are named one by one


@dataclass(frozen=True)
class OpenFiles:
    """What one process holds open.

    `files` is their number; `connections` how many of them are connections at the
    server's port, None where there are too many to look; `clients` are the client's
    ports of the first of these. All None where this host does not let us look.
    """

    files: int | None = None
    connections: int | None = None
    clients: tuple[int, ...] = ()


class SocketOwners:
    """Looks at the open files of processes, and remembers where they led."""

    def __init__(self) -> None:
        self._links: dict[int, dict[str, int]] = {}

    def look(self, pid: int, clients: Mapping[int, int]) -> OpenFiles:
        """Look at a process. `clients`: a connection's inode -> its client's port."""
        try:
            folder = os.open(f"/proc/{pid}/fd", os.O_RDONLY | os.O_DIRECTORY)
        except OSError:  # not permitted, or the process is gone
            return OpenFiles()
        try:
            # Since Linux 6.2 the folder's size is the number of files; before, zero.
            number = os.fstat(folder).st_size
            if number > MAX_FILES:
                return OpenFiles(number)
            names = os.listdir(folder)
            if len(names) > MAX_FILES:
                return OpenFiles(len(names))
            inodes = self._connections_of(pid, folder, names, clients)
        except OSError:
            return OpenFiles()
        finally:
            os.close(folder)
        ports = sorted(clients[inode] for inode in inodes)
        return OpenFiles(len(names), len(ports), tuple(ports[:MAX_SHOWN]))

    def forget(self, pid: int) -> None:
        """Let go of what is remembered of a process that is gone."""
        self._links.pop(pid, None)

    def _connections_of(
        self, pid: int, folder: int, names: list[str], clients: Mapping[int, int]
    ) -> set[int]:
        known = self._links.get(pid, {})
        led: dict[str, int] = {}
        for name in names:
            inode = known.get(name, 0)
            if inode not in clients:
                inode = _inode(folder, name)
            if inode in clients:
                led[name] = inode
        self._links[pid] = led
        return set(led.values())


def _inode(folder: int, name: str) -> int:
    try:
        return procfs.socket_inode(os.readlink(name, dir_fd=folder))
    except FileNotFoundError:  # closed since the listing
        return 0
