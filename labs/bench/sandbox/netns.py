"""The run's own network: a namespace in which nothing but its own loopback exists.

`enter_private_network` is the first thing a runner does, in its main thread, before it
has a second one. It also gives the process a mount namespace of its own, in which the
lab root and the work directories can be put where the sandbox's user reaches them,
whatever the permissions on the way to them. Both namespaces vanish with the process:
nothing is left behind by a SIGKILL.
"""

import fcntl
import os
import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from labs.bench.contracts.errors import BenchFault, Reason
from labs.bench.sandbox import system_calls as sys_

_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 0x1
_STAGES = ("/mnt", "/media", "/srv")  # one of them is everywhere: hier(7)
_PORT_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
# Above every port that a server listens on. The usual range has 28,232, of which the
# kernel tries one half first: past that half each connect took a millisecond, measured.
_CLIENT_PORTS = (10240, 65535)


@dataclass(frozen=True)
class PrivateNetwork:
    """Where this process now lives. `stage` is a private tmpfs, mode 755."""

    privileged: bool  # started by root: sandboxes get a user of their own
    stage: Path


_entered: PrivateNetwork | None = None


def current() -> PrivateNetwork:
    """Return the namespace this process entered; BenchFault if it has not."""
    if _entered is None:
        raise BenchFault(
            "No sandbox may be started outside a private network", reason=Reason.SANDBOX
        )
    return _entered


def enter_private_network() -> None:
    """Move this process into network and mount namespaces of its own, with lo up.

    Raises BenchFault, reason sandbox, where the host does not allow it or when anything
    but loopback is found inside.
    """
    global _entered
    if _entered is not None:
        return
    # unshare(2) moves the calling thread alone, and refuses a new user then.
    if threading.active_count() != 1:
        raise BenchFault(
            "A private network can only be entered before a second thread starts",
            reason=Reason.SANDBOX,
        )
    privileged = os.geteuid() == 0
    try:
        _unshare(privileged)
        # Else our mounts would show on the host as well: mount_namespaces(7).
        sys_.mount("none", "/", None, sys_.MS_REC | sys_.MS_PRIVATE, "")
        stage = _make_stage()
        _loopback_up()
        _widen_client_ports()
    except OSError as error:
        raise BenchFault(
            f"This host does not allow a private network: {error.strerror}",
            reason=Reason.SANDBOX,
        ) from error
    _refuse_other_interfaces()
    _entered = PrivateNetwork(privileged, stage)


def _unshare(privileged: bool) -> None:
    namespaces = sys_.CLONE_NEWNET | sys_.CLONE_NEWNS
    if privileged:
        sys_.unshare(namespaces)
        return
    uid, gid = os.geteuid(), os.getegid()
    sys_.unshare(namespaces | sys_.CLONE_NEWUSER)
    # user_namespaces(7): an ordinary user must give up setgroups before mapping a gid.
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
    Path("/proc/self/gid_map").write_text(f"0 {gid} 1")


def _make_stage() -> Path:
    stage = next((path for path in _STAGES if os.path.isdir(path)), None)
    if stage is None:
        raise FileNotFoundError(2, f"none of {', '.join(_STAGES)} exists")
    options = "mode=755,size=128m,nr_inodes=16384"
    sys_.mount("tmpfs", stage, "tmpfs", sys_.MS_NOSUID | sys_.MS_NODEV, options)
    return Path(stage)


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        # Of struct ifreq the name and the flags: netdevice(7).
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(sock, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(sock, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


def _widen_client_ports() -> None:
    """Let clients have more ports, in this namespace alone (ip(7)). Where /proc/sys is
    read-only the range stays as it is; `run.preflight` counts what there is."""
    with suppress(OSError):
        _PORT_RANGE.write_text("{} {}".format(*_CLIENT_PORTS))


def _refuse_other_interfaces() -> None:
    names = [name for _, name in socket.if_nameindex()]
    if names != ["lo"]:
        raise BenchFault(
            f"A private network must hold loopback alone, not {', '.join(names)}",
            reason=Reason.SANDBOX,
        )
