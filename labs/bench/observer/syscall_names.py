"""Names for the numbers in /proc/PID/task/TID/syscall, for calls a server waits in.

Only x86_64: the sandbox refuses others. libseccomp knows the kernel's table; a number
that it has no name for is shown as the number.
"""

import functools

import pyseccomp as seccomp

# Newer than Debian 12's libseccomp (2.5.4).
_NEWER = {455: "futex_wait"}

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
_STATES = {b"": RUNNING, b"running": RUNNING, b"-1": BLOCKED}


def name_of(line: bytes) -> str:
    """Return what the text of a task's `syscall` file says it stands in (proc(5))."""
    return _name_of(line.partition(b" ")[0].strip())


@functools.cache  # asked for every task, five times a second
def _name_of(word: bytes) -> str:
    if word in _STATES:
        return _STATES[word]
    number = int(word)
    try:
        name: bytes = seccomp.resolve_syscall(seccomp.Arch.X86_64, number)
    except ValueError:
        return _NEWER.get(number, str(number))
    return name.decode()
