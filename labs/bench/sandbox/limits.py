"""Resource limits of a sandbox (setrlimit(2)); soft and hard are the same."""

import resource as r
from dataclasses import dataclass
from typing import Self

from labs.bench.contracts.errors import BenchFault, Reason
from labs.bench.contracts.needs import Needs

MEMORY_BYTES = 512 * 2**20
_ADDRESS_SPACE_BYTES = 2 * 2**30  # Node, Caddy and Apache event fail below 1 GiB
_CPU_S = 900  # a backstop: the run's wall time is the real limit


@dataclass(frozen=True)
class Limits:
    """What one sandbox may use. `memory_bytes` is enforced by a cgroup where there is
    one; `address_space_bytes` is only the backstop where there is none."""

    open_files: int = 1024
    processes: int = 128
    address_space_bytes: int = _ADDRESS_SPACE_BYTES
    memory_bytes: int = MEMORY_BYTES
    cpu_s: int = _CPU_S
    file_bytes: int = 64 * 2**20

    @classmethod
    def for_needs(cls, needs: Needs) -> Self:
        """Widen the defaults as a server needs; BenchFault past the host's limit."""
        _, host_files = r.getrlimit(r.RLIMIT_NOFILE)
        if host_files != r.RLIM_INFINITY and needs.open_files > host_files:
            raise BenchFault(
                f"This server needs {needs.open_files} open files, "
                f"and this host allows {host_files}",
                reason=Reason.HOST_LIMIT,
            )
        return cls(
            open_files=needs.open_files,
            processes=needs.processes,
            address_space_bytes=needs.address_space_bytes or _ADDRESS_SPACE_BYTES,
        )

    def rows(self) -> list[tuple[int, int]]:
        """Return (resource, value) pairs, as setrlimit takes them."""
        return [
            (r.RLIMIT_NPROC, self.processes),
            (r.RLIMIT_NOFILE, self.open_files),
            (r.RLIMIT_AS, self.address_space_bytes),
            (r.RLIMIT_FSIZE, self.file_bytes),
            (r.RLIMIT_CPU, self.cpu_s),
            (r.RLIMIT_CORE, 0),  # a crash must not fill the disk
            (r.RLIMIT_MEMLOCK, 64 * 1024),
            (r.RLIMIT_MSGQUEUE, 0),
            (r.RLIMIT_SIGPENDING, 128),
            (r.RLIMIT_STACK, 8 * 2**20),
            (r.RLIMIT_NICE, 0),
            (r.RLIMIT_RTPRIO, 0),
        ]

    def apply(self) -> None:
        """Set the limits on this process; a lower hard limit is kept."""
        for resource, value in self.rows():
            _, hard = r.getrlimit(resource)
            wanted = value if hard == r.RLIM_INFINITY else min(value, hard)
            r.setrlimit(resource, (wanted, wanted))
