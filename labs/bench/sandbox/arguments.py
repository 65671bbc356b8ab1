"""bwrap's arguments (profile `strict-1`). The order matters; see the comments."""

from collections.abc import Mapping
from pathlib import Path

INNER_ID = "10001"
_TMP_BYTES = 32 * 2**20
_ENVIRONMENT = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
    "HOME": "/box",
    "TMPDIR": "/tmp",
}


def build(
    stage: Path,
    environment: Mapping[str, str],
    binaries: Mapping[str, Path],
    *,
    seccomp_fd: int,
    info_fd: int,
) -> list[str]:
    """Return bwrap's options, to be passed by descriptor.

    The command is not among them: bwrap takes it from its command line only.

    `stage` holds root (the lab root), box (the work directory) and lab (the inputs).
    `binaries` are single files of the host: path inside, below /run ->
    path outside.
    """
    return [
        # Each by name: `--unshare-all` skips silently what it cannot have. The network
        # namespace is the runner's, which the sandbox has no rights over.
        *("--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-uts"),
        *("--unshare-cgroup", "--disable-userns", "--assert-userns-disabled"),
        *("--uid", INNER_ID, "--gid", INNER_ID, "--hostname", "lab"),
        *("--cap-drop", "ALL", "--new-session", "--die-with-parent"),
        "--clearenv",
        *_setenv({**_ENVIRONMENT, **environment}),
        *("--ro-bind", f"{stage}/root", "/"),
        *("--proc", "/proc", "--dev", "/dev"),
        *("--size", str(_TMP_BYTES), "--tmpfs", "/dev/shm", "--remount-ro", "/dev"),
        *("--perms", "1777", "--size", str(_TMP_BYTES), "--tmpfs", "/tmp"),
        *("--bind", f"{stage}/box", "/box", "--ro-bind", f"{stage}/lab", "/lab"),
        *_binds(binaries),
        # After every bind: bwrap cannot make a mount point on a read-only root.
        *("--remount-ro", "/proc", "--remount-ro", "/", "--chdir", "/box"),
        *("--seccomp", str(seccomp_fd), "--info-fd", str(info_fd)),
    ]


def _setenv(environment: Mapping[str, str]) -> list[str]:
    return [w for name, v in environment.items() for w in ("--setenv", name, v)]


def _binds(binaries: Mapping[str, Path]) -> list[str]:
    if not binaries:
        return []
    # A mount point cannot be made on the read-only root, so /run is laid over it.
    binds = [w for to, at in binaries.items() for w in ("--ro-bind", str(at), to)]
    over = ("--perms", "0755", "--size", "65536", "--tmpfs", "/run")
    return [*over, *binds, "--remount-ro", "/run"]


def encode(arguments: list[str]) -> bytes:
    """Write arguments as bwrap's --args reads them.

    Raises ValueError for a NUL in one: bwrap would read what follows as its own option.
    """
    if any("\0" in word for word in arguments):
        raise ValueError("An argument of the sandbox has a NUL in it")
    return b"".join(word.encode() + b"\0" for word in arguments)
