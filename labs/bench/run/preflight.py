"""Says before anything starts what of a plan this host cannot hold.

Pure but for `HostLimits.read`. A server that cannot take as many connections as a plan
opens is no reason to refuse: that is what the run finds out.
"""

import resource
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from labs.bench.contracts import loads
from labs.bench.contracts.driver import Driver
from labs.bench.contracts.errors import BenchFault, Reason
from labs.bench.contracts.result_document import HostLimitsEntry
from labs.bench.contracts.scenario import Plan
from labs.bench.generator import child_processes
from labs.bench.net import client_sockets

# Both ends of a connection are on this machine, with some data in their buffers.
# Measured: 50,000 held by NGINX took 3.5 KiB each of the kernel and 0.7 KiB of NGINX.
BYTES_EACH = 6 * 1024
# Of a long answer that its reader hardly takes the kernel was seen to keep so much.
_UNREAD_BYTES = 1_700_000
_RESERVED_BYTES = 256 * 2**20  # for everything that is no connection
_UNLIMITED = 2**62


@dataclass(frozen=True)
class HostLimits:
    """What this host has: numbers of files and ports, bytes of memory."""

    files_each: int  # that one process may have open
    files_left: int  # that the whole machine may still open
    ports_each: int  # that connections from one address to another may have
    memory_left_bytes: int

    @classmethod
    def read(cls) -> Self:
        """Read them; what the kernel does not say is unlimited."""
        _, files = resource.getrlimit(resource.RLIMIT_NOFILE)
        # Open, free (always 0 since Linux 2.6), the most there may be: proc(5).
        used, _, most = _numbers("/proc/sys/fs/file-nr", (0, 0, _UNLIMITED))
        # The second is the kernel's default (ip-sysctl.rst).
        low, high = _numbers("/proc/sys/net/ipv4/ip_local_port_range", (32768, 60999))
        return cls(
            files_each=_UNLIMITED if files == resource.RLIM_INFINITY else files,
            files_left=most - used,
            ports_each=high - low + 1,
            memory_left_bytes=_memory_left_bytes(),
        )

    def as_json(self) -> HostLimitsEntry:
        """Describe what bounds the generator; None where nothing does."""
        files = None if self.files_each == _UNLIMITED else self.files_each
        return {"open_files": files, "client_ports": self.ports_each}


def refuse(plan: Plan, driver: Driver, knobs: Any, host: HostLimits) -> None:
    """Raise BenchFault, reason host_limit, with all that stands in the way."""
    found = refusals(plan, driver, knobs, host)
    if found:
        raise BenchFault("; ".join(found), reason=Reason.HOST_LIMIT)


def refusals(
    plan: Plan, driver: Driver, knobs: Any, host: HostLimits
) -> tuple[str, ...]:
    """Return what the host cannot hold, a sentence each; empty if it can."""
    offered = [phase.load for phase in plan.phases if phase.load is not None]
    asking = max((d.connections for d in offered if loads.is_loop(d)), default=0)
    held = max((d.connections for d in offered if not loads.is_loop(d)), default=0)
    most = max(asking, held)
    found = (
        _files_of_one(asking, host),
        _files_of_children(held, host),
        _files_of_the_machine(most, host),
        _ports(most, host),
        _memory(most, max(map(_bytes_of, offered), default=0), host),
        _files_of_the_server(driver, knobs, host),
    )
    return tuple(sentence for sentence in found if sentence)


def _files_of_one(asking: int, host: HostLimits) -> str:
    needed = client_sockets.files_needed(asking)
    if needed <= host.files_each:
        return ""
    return (
        f"{asking:,} clients need {needed:,} open files, and this host allows "
        f"{host.files_each:,} to a process"
    )


def _files_of_children(held: int, host: HostLimits) -> str:
    if held <= child_processes.MAX * child_processes.share_within(host.files_each):
        return ""
    return (
        f"{held:,} connections would need more than {child_processes.MAX} processes "
        f"to hold them, with {host.files_each:,} open files each"
    )


def _files_of_the_machine(most: int, host: HostLimits) -> str:
    needed = 2 * most  # both ends
    if needed <= host.files_left:
        return ""
    return (
        f"{most:,} connections need {needed:,} open files, and this machine has "
        f"{host.files_left:,} left"
    )


def _ports(most: int, host: HostLimits) -> str:
    each = client_sockets.Sources.PORTS_EACH
    if most == 0 or host.ports_each >= min(most, each):
        return ""
    return (
        f"{min(most, each):,} connections from one address need as many local ports, "
        f"and this host has {host.ports_each:,}"
    )


def _bytes_of(load: loads.Load) -> int:
    """Return what the kernel keeps for a load's connections, both ends together."""
    each = BYTES_EACH
    if isinstance(load, loads.SlowReads):
        each += min(load.answer_bytes, _UNREAD_BYTES)
    return load.connections * each


def _memory(most: int, kept_bytes: int, host: HostLimits) -> str:
    needed = kept_bytes + _RESERVED_BYTES * bool(most)
    if needed <= host.memory_left_bytes:
        return ""
    return (
        f"{most:,} connections need about {needed // 2**20:,} MiB of memory, and this "
        f"host has {host.memory_left_bytes // 2**20:,} MiB left"
    )


def _files_of_the_server(driver: Driver, knobs: Any, host: HostLimits) -> str:
    needed = driver.needs(knobs).open_files
    if needed <= host.files_each:
        return ""
    return (
        f"{driver.name} needs {needed:,} open files with these settings, and this host "
        f"allows {host.files_each:,} to a process"
    )


def _memory_left_bytes() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return 1024 * int(line.split()[1])
    return _UNLIMITED


def _numbers(path: str, otherwise: tuple[int, ...]) -> tuple[int, ...]:
    try:
        return tuple(map(int, Path(path).read_text().split()))
    except OSError:
        return otherwise
