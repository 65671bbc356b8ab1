"""Names for the numbers in /proc/PID/task/TID/syscall, for calls a server waits in.

Only x86_64 (arch/x86/entry/syscalls/syscall_64.tbl): the sandbox refuses others. A
number without a name here is shown as the number.
"""

_NAMES = {
    0: "read",
    1: "write",
    7: "poll",
    8: "lseek",
    9: "mmap",
    10: "mprotect",
    11: "munmap",
    16: "ioctl",
    17: "pread64",
    18: "pwrite64",
    19: "readv",
    20: "writev",
    23: "select",
    24: "sched_yield",
    34: "pause",
    35: "nanosleep",
    40: "sendfile",
    42: "connect",
    43: "accept",
    44: "sendto",
    45: "recvfrom",
    46: "sendmsg",
    47: "recvmsg",
    48: "shutdown",
    54: "setsockopt",
    56: "clone",
    57: "fork",
    58: "vfork",
    59: "execve",
    61: "wait4",
    65: "semop",
    70: "msgrcv",
    72: "fcntl",
    73: "flock",
    74: "fsync",
    75: "fdatasync",
    128: "rt_sigtimedwait",
    130: "rt_sigsuspend",
    202: "futex",
    219: "restart_syscall",
    220: "semtimedop",
    230: "clock_nanosleep",
    231: "exit_group",
    232: "epoll_wait",
    247: "waitid",
    257: "openat",
    262: "newfstatat",
    270: "pselect6",
    271: "ppoll",
    275: "splice",
    281: "epoll_pwait",
    288: "accept4",
    299: "recvmmsg",
    307: "sendmmsg",
    426: "io_uring_enter",
    441: "epoll_pwait2",
    449: "futex_waitv",
    455: "futex_wait",
}

RUNNING = "running"  # on a processor, or ready for one
BLOCKED = "blocked"  # asleep outside a system call, e.g. in a page fault
UNKNOWN = "unknown"  # this host does not let us look


# Where a task sleeps until it is called: asleep there is always state S, and no other.
INTERRUPTIBLE = frozenset(
    {
        "accept",
        "accept4",
        "clock_nanosleep",
        "epoll_pwait",
        "epoll_wait",
        "futex",
        "nanosleep",
        "poll",
        "ppoll",
        "pselect6",
        "select",
    }
)
_WORDS = {str(number).encode(): name for number, name in _NAMES.items()} | {
    b"": RUNNING,
    b"running": RUNNING,
    b"-1": BLOCKED,
}


def name_of(line: bytes) -> str:
    """Return what the text of a task's `syscall` file says it stands in (proc(5))."""
    word = line.partition(b" ")[0].strip()
    return _WORDS.get(word) or word.decode()
