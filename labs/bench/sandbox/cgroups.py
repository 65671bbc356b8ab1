"""A control group for each sandbox: memory, number of processes, processor time.

Version 1 and 2 have one class each; where the host gives neither, `NoGroup` does
nothing and says why. Only there is the absence handled, not at every call.
"""

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

from labs.bench.sandbox.limits import Limits

_ROOT = Path("/sys/fs/cgroup")
_PREFIX = "concsite-"
_PERIOD_US = 100_000  # the kernel's default (sched-bwc.rst)
_STRANGERS_S = 60  # what another pid namespace left is swept after this


class NoGroup:
    """Stands in where the host gives no control groups. `reason` says why."""

    limits_memory = False

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def enter(self) -> None:
        """Do nothing."""

    def pids(self) -> list[int] | None:
        """Return None: there is no list."""
        return None

    def oom_kills(self) -> int:
        """Return 0: nobody counts."""
        return 0

    def kill(self) -> None:
        """Do nothing: the process namespace is what ends a sandbox then."""

    def remove(self) -> None:
        """Do nothing."""


class Group:
    """Folders of one sandbox, one for each hierarchy; subclasses know the files."""

    limits_memory = True
    reason = ""

    def __init__(self, folders: dict[str, Path]) -> None:
        self._folders = folders

    def enter(self) -> None:
        """Move the calling process in. Safe between fork and exec."""
        for folder in self._folders.values():
            fd = os.open(folder / "cgroup.procs", os.O_WRONLY)
            # 0 stands for the process that writes: cgroups(7).
            os.write(fd, b"0")
            os.close(fd)

    def pids(self) -> list[int] | None:
        """Return every process in it, as the host numbers them."""
        try:
            listed = self._any.joinpath("cgroup.procs").read_text()
        except FileNotFoundError:
            return []  # somebody swept it, and only an empty one can be removed
        return [int(pid) for pid in listed.split()]

    def oom_kills(self) -> int:
        """Return how many processes of it the kernel ended for its use of memory."""
        with suppress(OSError):
            for line in self._memory_events().read_text().splitlines():
                name, _, value = line.partition(" ")
                if name == "oom_kill":
                    return int(value)
        return 0

    def kill(self) -> None:
        """Kill every process in it until none is left, for at most a second."""
        until_s = time.monotonic() + 1
        while (pids := self.pids()) and time.monotonic() < until_s:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, 9)
            time.sleep(0.002)

    def remove(self) -> None:
        """Remove the folders; they must be empty of processes."""
        for folder in self._folders.values():
            with suppress(FileNotFoundError):
                folder.rmdir()

    @property
    def _any(self) -> Path:
        return next(iter(self._folders.values()))

    def _memory_events(self) -> Path:
        raise NotImplementedError


class GroupV1(Group):
    """One folder under each of the pids, memory and cpu hierarchies."""

    @classmethod
    def make(cls, name: str, limits: Limits, cpus: int) -> Self:
        """Create and limit; OSError where the host does not allow it."""
        files = {
            "pids": {"pids.max": limits.processes},
            "memory": {
                "memory.limit_in_bytes": limits.memory_bytes,
                "memory.memsw.limit_in_bytes": limits.memory_bytes,
            },
            "cpu": {
                "cpu.cfs_period_us": _PERIOD_US,
                "cpu.cfs_quota_us": _PERIOD_US * cpus,
            },
        }
        return cls(_create({kind: _ROOT / kind / name for kind in files}, files))

    def _memory_events(self) -> Path:
        return self._folders["memory"] / "memory.oom_control"


class GroupV2(Group):
    """One folder in the unified hierarchy."""

    @classmethod
    def make(cls, name: str, limits: Limits, cpus: int) -> Self:
        """Create and limit; OSError where the host does not allow it."""
        with suppress(OSError):  # then the files below are missing, which is noticed
            (_ROOT / "cgroup.subtree_control").write_text("+cpu +memory +pids")
        files: dict[str, int | str] = {
            "pids.max": limits.processes,
            "memory.max": limits.memory_bytes,
            "memory.swap.max": 0,
            # All of it ends, not the largest process alone: cgroup-v2.rst.
            "memory.oom.group": 1,
            "cpu.max": f"{_PERIOD_US * cpus} {_PERIOD_US}",
        }
        return cls(_create({"": _ROOT / name}, {"": files}))

    def kill(self) -> None:
        """Kill everything in one write (cgroup.kill, Linux 5.14), else one by one."""
        with suppress(OSError):
            (self._any / "cgroup.kill").write_text("1")
        super().kill()

    def _memory_events(self) -> Path:
        return self._any / "memory.events"


def _create(
    folders: dict[str, Path], files: Mapping[str, Mapping[str, int | str]]
) -> dict[str, Path]:
    created: list[Path] = []
    try:
        for kind, folder in folders.items():
            folder.mkdir()
            created.append(folder)
            for name, value in files[kind].items():
                path = folder / name
                # Swap accounting is often absent; without swap there is nothing to do.
                if path.exists() or "sw" not in name:
                    path.write_text(str(value))
    except OSError:
        for folder in created:
            with suppress(OSError):  # what went wrong first is raised
                folder.rmdir()
        raise
    return folders


def make_group(limits: Limits, cpus: int) -> Group | NoGroup:
    """Make a group for a sandbox of this process, or say why there is none."""
    kind = GroupV2 if (_ROOT / "cgroup.controllers").exists() else GroupV1
    # A process number alone would not do: another container has the same ones.
    name = f"{_PREFIX}{os.getpid()}-{_pid_namespace()}-{time.monotonic_ns()}"
    try:
        sweep()
        return kind.make(name, limits, cpus)
    except OSError as error:
        return NoGroup(f"control groups cannot be made: {error.strerror}")


def sweep() -> int:
    """Remove groups that runners no longer alive have left; return how many."""
    removed = 0
    for hierarchy in (_ROOT, *(_ROOT / kind for kind in ("pids", "memory", "cpu"))):
        for folder in hierarchy.glob(f"{_PREFIX}*-*"):
            if _is_abandoned(folder.name):
                with suppress(OSError):  # one that is in use refuses
                    folder.rmdir()
                    removed += 1
    return removed


def _is_abandoned(name: str) -> bool:
    owner, namespace, made_ns = (*name.removeprefix(_PREFIX).split("-"), "", "")[:3]
    if not (owner.isdigit() and made_ns.isdigit()):
        return False
    if namespace == _pid_namespace():
        return not os.path.exists(f"/proc/{owner}")
    # Its owner is not among the processes we see: it may be about to use it.
    return time.monotonic_ns() - int(made_ns) > _STRANGERS_S * 1e9


def _pid_namespace() -> str:
    return str(os.stat("/proc/self/ns/pid").st_ino)
