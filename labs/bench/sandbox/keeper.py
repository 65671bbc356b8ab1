"""What happens between fork and exec, and the process that stays behind there.

bwrap's --die-with-parent holds once the sandbox is made. A launcher that is killed a
few milliseconds earlier would leave a half-made one, which goes on by itself. So bwrap
is the first process of a pid namespace, and its parent, the keeper, dies with the
launcher: the kernel then ends everything in that namespace, however far it was.
"""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from labs.bench.sandbox import cgroups
from labs.bench.sandbox import system_calls as sys_
from labs.bench.sandbox.limits import Limits


def before_exec(
    limits: Limits,
    group: cgroups.Group | cgroups.NoGroup,
    cpus: frozenset[int] | None,
    uid: int | None,
) -> Callable[[], None]:
    """Make the function that runs between fork and exec, in this order for a reason:
    namespace and groups need root, limits on a uid's processes count from its own, and
    the wish to die with the keeper is forgotten when the uid changes."""
    launcher = os.getpid()

    def prepare() -> None:
        # Out of the terminal's foreground group (credentials(7)): Ctrl-C reaches the
        # runner, which ends the sandbox in order.
        os.setsid()
        os.umask(0o077)
        keeper = _stay_behind(launcher)
        group.enter()
        if cpus is not None:
            os.sched_setaffinity(0, cpus)
        limits.apply()
        if uid is not None:
            # Groups first: whoever is not root any more may not drop them.
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
        sys_.no_new_privileges()
        _die_with(keeper)

    return prepare


def _stay_behind(launcher: int) -> int:
    """Fork; return the keeper's pid in the child, which starts a pid namespace.

    The keeper waits for the child and ends as it did: with its code, or 128 + signal.
    When it has ended, nothing is left in the namespace.
    """
    _die_with(launcher)
    keeper = os.getpid()
    # We stay where we are; our next child is the first process: unshare(2).
    sys_.unshare(sys_.CLONE_NEWPID)
    child = os.fork()
    if child == 0:
        return keeper
    _forget_the_launchers_own()
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)


def _forget_the_launchers_own() -> None:
    """Close its descriptors, whose end others wait for, and drop its handlers."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    os.closerange(0, os.sysconf("SC_OPEN_MAX"))


def _die_with(parent: int) -> None:
    """End when `parent` does, or at once if it was faster."""
    sys_.die_with_parent(signal.SIGKILL)
    # getppid() is 0 for a parent outside the pid namespace; /proc is the launcher's.
    stat = Path("/proc/self/stat").read_text()
    if int(stat.rpartition(")")[2].split()[1]) != parent:
        os._exit(1)


def first_child(pid: int | None) -> int | None:
    """Return a process's first child; None if it has none, or is not there."""
    children = [] if pid is None else _children(pid)
    return children[0] if children else None


def descendants(pid: int) -> list[int]:
    """Return the children of a process, theirs, and so on."""
    found, waiting = [], [pid]
    while waiting:
        children = _children(waiting.pop())
        found += children
        waiting += children
    return found


def lives(pid: int) -> bool:
    """Say whether a process runs. A zombie does not: it only waits to be reaped."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat[stat.rindex(")") + 2] not in "ZX"


def _children(pid: int) -> list[int]:
    try:
        tids = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []
    found: list[int] = []
    for tid in tids:
        with suppress(OSError), open(f"/proc/{pid}/task/{tid}/children") as file:
            found += map(int, file.read().split())
    return found
