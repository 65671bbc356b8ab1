"""Where a result was measured: enough to compare, nothing that identifies a person."""

import os
import platform
from collections.abc import Iterable
from pathlib import Path

from labs.bench.contracts.result_document import EnvironmentEntry, SandboxEntry
from labs.bench.run.preflight import HostLimits

_CHECKOUT = Path(__file__).resolve().parents[3]


def describe(
    sandbox: SandboxEntry, server_cpus: Iterable[int], load_cpus: Iterable[int]
) -> EnvironmentEntry:
    """Return the `environment` of a result document; no absolute path is in it."""
    return {
        "kernel": platform.release(),
        "cpu": cpu_model(),
        "cores": os.cpu_count() or 1,
        "memory_bytes": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
        "python": platform.python_version(),
        "sandbox": sandbox,
        "pinned": {"server": sorted(server_cpus), "load": sorted(load_cpus)},
        "limits": HostLimits.read().as_json(),
        "load_source_commit": source_commit(),
    }


def cpu_model() -> str:
    """Return the processor's name as /proc/cpuinfo gives it, else the architecture."""
    with open("/proc/cpuinfo") as lines:
        for line in lines:
            # x86 has this line; 64-bit ARM gives numbers of a vendor and a part.
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def source_commit(checkout: Path = _CHECKOUT) -> str | None:
    """Return the commit of the checkout, read without git; None where there is none.

    A reference is a file of its own or a line of `packed-refs` (gitrepository-layout).
    """
    try:
        worktree, common = _git_folders(checkout / ".git")
        head = (worktree / "HEAD").read_text().strip()
    except OSError:
        return None
    if not head.startswith("ref: "):
        return head
    name = head.removeprefix("ref: ")
    try:
        return (common / name).read_text().strip()
    except OSError:
        return _packed(common / "packed-refs", name)


def _git_folders(git: Path) -> tuple[Path, Path]:
    """Return the folder of the checkout's HEAD, and that of its references. Those of a
    linked worktree are apart: its `.git` is a file that names the first."""
    if git.is_dir():
        return git, git
    worktree = git.parent / git.read_text().removeprefix("gitdir: ").strip()
    return worktree, worktree / (worktree / "commondir").read_text().strip()


def _packed(path: Path, name: str) -> str | None:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return None
    return next((line.split()[0] for line in lines if line.endswith(" " + name)), None)
