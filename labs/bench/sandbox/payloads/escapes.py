"""Tries what a sandbox must not allow, and prints one JSON object: id -> what happened.

Runs inside the product's sandbox only, and refuses anywhere else: some of what it tries
would do real harm outside. "open" means that the attempt succeeded; anything else is
how it was stopped. Standard library only: it runs under the lab root's own Python.
"""

import ctypes
import errno
import glob
import json
import os
import socket
import sys
from collections.abc import Callable

if os.environ.get("IN_SANDBOX") != "1":
    sys.exit("Refused: this runs inside a sandbox only")

with open(sys.argv[1]) as canaries:
    CANARIES = json.load(canaries)
libc = ctypes.CDLL(None, use_errno=True)
CALLS = {
    "unshare": 272,
    "clone": 56,
    "clone3": 435,
    "mount": 165,
    "umount2": 166,
    "pivot_root": 155,
    "chroot": 161,
    "open_tree": 428,
    "fsopen": 430,
    "mount_setattr": 442,
    "io_uring_setup": 425,
    "ptrace": 101,
    "keyctl": 250,
    "bpf": 321,
    "perf_event_open": 298,
    "userfaultfd": 323,
    "mknod": 133,
    "setns": 308,
    "memfd_secret": 447,
    "process_vm_readv": 310,
}
CLONE_NEWUSER, CLONE_NEWNS, SIGCHLD = 0x10000000, 0x00020000, 17
PTRACE_TRACEME, TIOCSTI = 0, 0x5412


def word(code: int | None) -> str:
    """Name an errno; "open" for none."""
    return errno.errorcode.get(code, str(code)) if code else "open"


def call(name: str, *arguments: int) -> str:
    """Make a system call by number and say how it ended."""
    ctypes.set_errno(0)
    result = libc.syscall(CALLS[name], *map(ctypes.c_long, arguments))
    return "open" if result >= 0 else word(ctypes.get_errno())


def attempt(action: Callable[[], None]) -> str:
    """Do something that Python reports by OSError, and say how it ended."""
    try:
        action()
    except OSError as error:
        return word(error.errno)
    return "open"


def write_back(path: str) -> None:
    """Write to a file what it holds already."""
    with open(path) as file:
        value = file.read()
    with open(path, "w") as file:
        file.write(value)


def writable_settings() -> str:
    for folder, _, names in os.walk("/proc/sys"):
        for name in names:
            if os.access(os.path.join(folder, name), os.W_OK):
                return "open"
    return "none"


def leaked(pattern: str, secret: str) -> str:
    for path in glob.glob(pattern):
        try:
            with open(path, "rb") as file:
                if secret.encode() in file.read():
                    return "open"
        except OSError:
            continue
    return "none"


def descriptors() -> str:
    for name in os.listdir("/proc/self/fd"):
        number = int(name)
        if number > 2:
            try:
                if CANARIES["secret"].encode() in os.pread(number, 4096, 0):
                    return "open"
            except OSError:
                continue
    return "none"


def host_processes() -> str:
    """Every process we see must be of our own namespace: few, and numbered low."""
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return "open" if max(pids) > 100 else "none"


def connect(family: int, address: tuple[str, int] | str) -> None:
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.settimeout(0.5)
        sock.connect(address)


def outside() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("192.0.2.1", 9))  # TEST-NET-1: no such host, and no route to it


def vsock() -> None:
    socket.socket(40, socket.SOCK_STREAM).close()


def new_namespace_by_clone() -> str:
    ctypes.set_errno(0)
    pid = libc.syscall(CALLS["clone"], CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    if pid > 0:
        os.waitpid(pid, 0)
        return "open"
    return word(ctypes.get_errno())


def set_up_io_uring() -> str:
    """With room for the answer: without, it would fail where it is allowed, too."""
    room = ctypes.create_string_buffer(4096)
    return call("io_uring_setup", 1, ctypes.addressof(room))


def push_back_input(high_bits: int = 0) -> str:
    """TIOCSTI puts a character into the terminal's input, for whoever reads next."""
    ctypes.set_errno(0)
    result = libc.ioctl(0, ctypes.c_ulong(TIOCSTI | high_bits), b"#")
    return "open" if result == 0 else word(ctypes.get_errno())


def status_field(name: str) -> str:
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith(name + ":"):
                return line.split()[1]
    return ""


def create_in(folder: str) -> str:
    return attempt(lambda: os.close(os.open(folder + "/x", os.O_CREAT | os.O_WRONLY)))


def strange_environment() -> str:
    allowed = {"PATH", "LANG", "HOME", "TMPDIR", "PWD", "IN_SANDBOX", "LC_CTYPE"}
    return "open" if set(os.environ) - allowed else "none"


def setuid_files() -> str:
    for folder in ("/usr/bin", "/usr/sbin", "/usr/lib"):
        for name in os.listdir(folder):
            try:
                if os.lstat(os.path.join(folder, name)).st_mode & 0o6000:
                    return "open"
            except OSError:
                continue
    return "none"


RESULTS = {
    "A02 core_pattern": attempt(lambda: write_back("/proc/sys/kernel/core_pattern")),
    "A03 kernel settings": writable_settings(),
    "A04 secret file": attempt(lambda: open(CANARIES["file"]).close()),
    "A04 shadow": attempt(lambda: open("/etc/shadow").close()),
    "A06 environment": leaked("/proc/[0-9]*/environ", CANARIES["secret"]),
    "A06 own environment": strange_environment(),
    "A07 descriptor": descriptors(),
    "A08 host paths": leaked("/proc/[0-9]*/cmdline", CANARIES["host_path"]),
    "A09 host processes": host_processes(),
    "A10 host loopback": attempt(
        lambda: connect(socket.AF_INET, ("127.0.0.1", CANARIES["port"]))
    ),
    "A10 abstract socket": attempt(
        lambda: connect(socket.AF_UNIX, "\0" + CANARIES["abstract"])
    ),
    "A11 outside": attempt(outside),
    "A13 vsock": attempt(vsock),
    "A15 unshare user": call("unshare", CLONE_NEWUSER),
    "A15 unshare mount": call("unshare", CLONE_NEWNS),
    "A15 clone user": new_namespace_by_clone(),
    "A15 clone3": call("clone3", 0, 0),
    "A16 mount": call("mount", 0, 0, 0, 0, 0),
    "A16 umount": call("umount2", 0, 0),
    "A16 pivot_root": call("pivot_root", 0, 0),
    "A16 chroot": call("chroot", 0),
    "A16 open_tree": call("open_tree", -100, 0, 0),
    "A16 fsopen": call("fsopen", 0, 0),
    "A16 mount_setattr": call("mount_setattr", 0, 0, 0, 0, 0),
    "A18 io_uring": set_up_io_uring(),
    "A21 TIOCSTI": push_back_input(),
    "A21 TIOCSTI, high bits": push_back_input(1 << 32),
    "A22 no new privileges": "none" if status_field("NoNewPrivs") == "1" else "open",
    "A22 setuid files": setuid_files(),
    "A25 device": attempt(lambda: os.mknod("/tmp/null", 0o020666, os.makedev(1, 3))),
    "A25 kernel devices": "open" if os.path.exists("/dev/kmsg") else "none",
    "A26 write /": create_in(""),
    "A26 write /usr": create_in("/usr"),
    "A26 write /dev": create_in("/dev"),
    "A26 write /lab": create_in("/lab"),
    "ptrace": call("ptrace", PTRACE_TRACEME, 0, 0, 0),
    "keyctl": call("keyctl", 0, 0, 0, 0, 0),
    "bpf": call("bpf", 0, 0, 0),
    "perf_event_open": call("perf_event_open", 0, 0, -1, -1, 0),
    "userfaultfd": call("userfaultfd", 0),
    "setns": call("setns", 0, 0),
    "memfd_secret": call("memfd_secret", 0),
    "process_vm_readv": call("process_vm_readv", 1, 0, 0, 0, 0, 0),
    "seccomp": "none" if status_field("Seccomp") == "2" else "open",
    "capabilities": "none" if int(status_field("CapEff"), 16) == 0 else "open",
    "no /sys/fs/cgroup": "open" if os.path.exists("/sys/fs/cgroup") else "none",
}
print(json.dumps(RESULTS))
