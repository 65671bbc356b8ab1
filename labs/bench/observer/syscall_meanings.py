"""What it means, in words, that a server's thread stands in a system call.

What follows holds for most servers. A driver says in `meanings` where its server is
different; its words come from here, so that one thing has one name on every page.
"""

from collections.abc import Mapping

from labs.bench.observer.syscall_names import BLOCKED, RUNNING, UNKNOWN

ACCEPT = "waiting to accept"
SLOW_CLIENT = "waiting for a slow client"  # one that sends slowly, or reads slowly
EVENTS = "waiting for events"
IDLE = "idle in the pool"
HANDLER = "in the handler"
ON_CPU = "on the CPU"  # or ready for it
CHILDREN = "watching its children"
PROCESS = "waiting for another process"
SIGNAL = "waiting for a signal"
TURN = "waiting for its turn"  # a lock that others hold
FILE = "at a file"
KERNEL = "in the kernel"  # anything else; a page fault, for one
NOT_VISIBLE = "not visible"  # this host does not let us look

WORDS = frozenset(
    {
        ACCEPT,
        SLOW_CLIENT,
        EVENTS,
        IDLE,
        HANDLER,
        ON_CPU,
        CHILDREN,
        PROCESS,
        SIGNAL,
        TURN,
        FILE,
        KERNEL,
        NOT_VISIBLE,
    }
)

_CALLS = {
    ACCEPT: ("accept", "accept4"),
    SLOW_CLIENT: (
        "poll",
        "ppoll",
        "read",
        "readv",
        "recvfrom",
        "recvmsg",
        "recvmmsg",
        "write",
        "writev",
        "sendto",
        "sendmsg",
        "sendmmsg",
        "sendfile",
        "splice",
    ),
    EVENTS: (
        "epoll_wait",
        "epoll_pwait",
        "epoll_pwait2",
        "select",
        "pselect6",
        "io_uring_enter",
    ),
    IDLE: ("futex", "futex_wait", "futex_waitv"),
    HANDLER: ("nanosleep", "clock_nanosleep"),
    ON_CPU: (RUNNING, "sched_yield"),
    CHILDREN: ("wait4", "waitid"),
    PROCESS: ("connect", "msgrcv", "execve", "clone", "fork", "vfork"),
    SIGNAL: ("pause", "rt_sigsuspend", "rt_sigtimedwait"),
    TURN: ("flock", "fcntl", "semop", "semtimedop"),
    FILE: ("openat", "newfstatat", "pread64", "pwrite64", "fsync", "fdatasync"),
    KERNEL: (BLOCKED,),
    NOT_VISIBLE: (UNKNOWN,),
}
# A process that stands in one of these while it has children waits for them to need it,
# also where its children stand in the same call for another reason.
_PARENTS_WAIT_IN = {"select", "pselect6", "pause", "rt_sigsuspend", "rt_sigtimedwait"}
_USUAL = {call: word for word, calls in _CALLS.items() for call in calls}


def in_words(
    call: str, particular: Mapping[str, str], *, is_parent: bool = False
) -> str:
    """Return one of WORDS for a system call's name; `particular` is the driver's."""
    if is_parent and call in _PARENTS_WAIT_IN:
        return CHILDREN
    return particular.get(call) or _USUAL.get(call, KERNEL)
