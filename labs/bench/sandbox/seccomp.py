"""The system calls no sandboxed program may make (profile `strict-1`).

Made with libseccomp, so that numbers and argument layout are the library's business.
The table was tried on x86_64 only; another architecture is refused until it has been
through the escape battery there.
"""

import errno
import functools
import os
import platform
import tempfile

import pyseccomp as seccomp

from labs.bench.contracts.errors import BenchFault, Reason

_DENIED = """
add_key request_key keyctl bpf perf_event_open userfaultfd io_uring_setup io_uring_enter
io_uring_register mount umount2 pivot_root chroot unshare setns open_tree open_tree_attr
move_mount fsopen fsconfig fsmount fspick mount_setattr name_to_handle_at
open_by_handle_at init_module finit_module delete_module create_module get_kernel_syms
query_module kexec_load kexec_file_load reboot swapon swapoff acct quotactl quotactl_fd
syslog settimeofday clock_settime adjtimex clock_adjtime sethostname setdomainname iopl
ioperm modify_ldt ptrace process_vm_readv process_vm_writev process_madvise kcmp
pidfd_getfd fanotify_init fanotify_mark lookup_dcookie mbind set_mempolicy migrate_pages
move_pages set_mempolicy_home_node memfd_secret vmsplice uselib ustat sysfs _sysctl
nfsservctl vhangup mq_open remap_file_pages vserver afs_syscall
""".split()
# Newer than Debian 12's libseccomp (2.5.4), which knows all the others by name.
_NUMBERS = {"open_tree_attr": 467}
_NEW_NAMESPACES = 0x7E020000  # CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET}
_TERMINAL_TRICKS = (0x5412, 0x541C, 0x5423, 0x541D)  # TIOCSTI, LINUX, SETD, CONS
_AF_UNIX, _AF_INET, _AF_INET6, _AF_NETLINK = 1, 2, 10, 16
_FAMILIES_END = 64  # above AF_MAX of any kernel; larger numbers fail in the kernel
# As the default profiles of Docker and Podman allow them.
_PERSONALITIES = (0, 8, 0x20000, 0x20008, 0xFFFFFFFF)
_LOW_32 = 0xFFFFFFFF


@functools.cache
def program() -> bytes:
    """Return the filter as BPF for bwrap; BenchFault on another architecture."""
    if platform.machine() != "x86_64":
        raise BenchFault(
            f"The sandbox's system call table is for x86_64, not {platform.machine()}",
            reason=Reason.SANDBOX,
        )
    rules = seccomp.SyscallFilter(defaction=seccomp.ALLOW)
    rules.set_attr(seccomp.Attr.ACT_BADARCH, seccomp.KILL_PROCESS)
    _deny_outright(rules)
    _deny_namespaces(rules)
    _deny_terminal_tricks(rules)
    _deny_socket_families(rules)
    _deny_personalities(rules)
    return _export(rules)


def _deny_outright(rules: seccomp.SyscallFilter) -> None:
    action = seccomp.ERRNO(errno.EPERM)
    for name in _DENIED:
        try:
            rules.add_rule(action, name)
        except OSError:
            rules.add_rule(action, _NUMBERS[name])


def _deny_namespaces(rules: seccomp.SyscallFilter) -> None:
    # clone3 hides its flags behind a pointer, which a filter cannot follow; ENOSYS
    # makes glibc fall back to clone.
    rules.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
    flag = 1 << 17
    while flag <= _NEW_NAMESPACES:
        if flag & _NEW_NAMESPACES:
            rules.add_rule(
                seccomp.ERRNO(errno.EPERM),
                "clone",
                seccomp.Arg(0, seccomp.MASKED_EQ, flag, flag),
            )
        flag <<= 1


def _deny_terminal_tricks(rules: seccomp.SyscallFilter) -> None:
    for command in _TERMINAL_TRICKS:
        # The kernel looks at the low 32 bits only; so must we.
        argument = seccomp.Arg(1, seccomp.MASKED_EQ, _LOW_32, command)
        rules.add_rule(seccomp.ERRNO(errno.EPERM), "ioctl", argument)


def _deny_socket_families(rules: seccomp.SyscallFilter) -> None:
    action = seccomp.ERRNO(errno.EAFNOSUPPORT)
    allowed = {_AF_UNIX, _AF_INET, _AF_INET6, _AF_NETLINK}
    for call in ("socket", "socketpair"):
        for family in set(range(_FAMILIES_END)) - allowed:
            argument = seccomp.Arg(0, seccomp.MASKED_EQ, _LOW_32, family)
            rules.add_rule(action, call, argument)
    rules.add_rule(
        action,
        "socket",
        seccomp.Arg(0, seccomp.MASKED_EQ, _LOW_32, _AF_NETLINK),
        seccomp.Arg(2, seccomp.GT, 0),  # NETLINK_ROUTE is 0
    )


def _deny_personalities(rules: seccomp.SyscallFilter) -> None:
    # A rule may test an argument once only, so the values between the allowed ones are
    # covered by masked comparisons instead of "none of these".
    edges = sorted(_PERSONALITIES)
    for low, high in zip(edges, edges[1:], strict=False):
        for bit_rule in _between(low, high):
            rules.add_rule(seccomp.ERRNO(errno.EPERM), "personality", *bit_rule)


def _between(low: int, high: int) -> list[tuple[seccomp.Arg, ...]]:
    """Match the values strictly between two allowed ones."""
    rules, start, end = [], low + 1, high - 1
    while start <= end:
        size = start & -start or 1 << 32
        while start + size - 1 > end:
            size >>= 1
        mask = _LOW_32 & ~(size - 1)
        rules.append((seccomp.Arg(0, seccomp.MASKED_EQ, mask, start),))
        start += size
    return rules


def _export(rules: seccomp.SyscallFilter) -> bytes:
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.flush()
        os.lseek(file.fileno(), 0, os.SEEK_SET)
        return file.read()
