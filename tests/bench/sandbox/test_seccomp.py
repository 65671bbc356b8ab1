"""The system call filter: what the compiled program decides, and that it is in force.

The program is read as the kernel reads it, by an interpreter of classic BPF; so any
call with any arguments can be asked about without making it.
"""

import errno
import json
import platform
import struct

import pyseccomp
import pytest

from labs.bench.contracts.errors import BenchFault, Reason
from labs.bench.sandbox import seccomp
from tests.bench.sandbox.launching import box

pytestmark = pytest.mark.skipif(
    platform.machine() != "x86_64", reason="The sandbox's call table is for x86_64"
)
X86_64, I386 = 0xC000003E, 0x40000003
ALLOW, ERRNO, KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
HIGH = 1 << 32  # a bit that the kernel ignores in a 32-bit argument
UNIX, INET, INET6, NETLINK, PACKET, VSOCK = 1, 2, 10, 16, 17, 40

# Written again here, from the specification: a name that is lost there is missed.
DENIED = """
add_key request_key keyctl bpf perf_event_open userfaultfd io_uring_setup io_uring_enter
io_uring_register mount umount2 pivot_root chroot unshare setns open_tree move_mount
fsopen fsconfig fsmount fspick mount_setattr name_to_handle_at open_by_handle_at
init_module finit_module delete_module create_module get_kernel_syms query_module
kexec_load kexec_file_load reboot swapon swapoff acct quotactl quotactl_fd syslog
settimeofday clock_settime adjtimex clock_adjtime sethostname setdomainname iopl ioperm
modify_ldt ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_getfd
fanotify_init fanotify_mark lookup_dcookie mbind set_mempolicy migrate_pages move_pages
set_mempolicy_home_node memfd_secret vmsplice uselib ustat sysfs _sysctl nfsservctl
vhangup mq_open remap_file_pages vserver afs_syscall
""".split()
NEEDED = """
read write openat close fork vfork execve exit_group wait4 mmap mprotect brk futex
epoll_create1 epoll_ctl epoll_wait accept4 bind listen connect sendfile sendto recvfrom
shutdown setsockopt fcntl flock pipe2 kill sched_setaffinity set_robust_list rseq
memfd_create eventfd2 timerfd_create getrandom prctl
""".split()
NEW = {
    "NEWNS": 0x00020000,
    "NEWCGROUP": 0x02000000,
    "NEWUTS": 0x04000000,
    "NEWIPC": 0x08000000,
    "NEWUSER": 0x10000000,
    "NEWPID": 0x20000000,
    "NEWNET": 0x40000000,
}
THREAD = 0x003D0F00  # what glibc's pthread_create asks clone for
EPERM, ENOSYS = errno.EPERM, errno.ENOSYS
EAFNOSUPPORT = errno.EAFNOSUPPORT


def number(name: str) -> int:
    return pyseccomp.resolve_syscall(pyseccomp.Arch.X86_64, name)


def decide(call: int, *arguments: int, arch: int = X86_64) -> int:
    """Return what the kernel would do: an errno, or one of the actions."""
    words = [word & (2**64 - 1) for word in (*arguments, *[0] * 6)[:6]]
    data = struct.pack("=IIQ6Q", call, arch, 0, *words)
    action = _interpret(seccomp.program(), data)
    return action & 0xFFFF if action & ~0xFFFF == ERRNO else action


def _interpret(program: bytes, data: bytes) -> int:
    """Run classic BPF (the four kinds of instruction libseccomp makes use of)."""
    code = list(struct.iter_unpack("=HBBI", program))
    accumulator = at = 0
    while True:
        operation, if_true, if_false, k = code[at]
        at += 1
        match operation:
            case 0x20:  # load a word
                (accumulator,) = struct.unpack_from("=I", data, k)
            case 0x54:  # and
                accumulator &= k
            case 0x05:  # jump
                at += k
            case 0x15 | 0x25 | 0x35:  # jump if =, >, >=
                holds = {0x15: accumulator == k, 0x25: accumulator > k}
                at += if_true if holds.get(operation, accumulator >= k) else if_false
            case 0x06:  # return
                return k
            case _:
                raise AssertionError(f"An instruction nobody expected: {operation:#x}")


class TestCalls:
    @pytest.mark.parametrize("name", DENIED)
    def test_a_call_of_the_list_is_refused(self, name):
        assert decide(number(name)) == EPERM

    def test_so_is_one_that_libseccomp_does_not_know_yet(self):
        open_tree_attr = 467
        assert decide(open_tree_attr) == EPERM

    @pytest.mark.parametrize("name", NEEDED)
    def test_what_servers_live_on_is_allowed(self, name):
        assert decide(number(name)) == ALLOW

    def test_another_architectures_calls_end_the_process(self):
        assert decide(20, arch=I386) == KILL_PROCESS

    def test_the_x32_numbers_do_too(self):
        assert decide(0x40000000 | number("getpid")) == KILL_PROCESS


class TestNamespaces:
    @pytest.mark.parametrize("flag", NEW)
    def test_clone_makes_no_new_one(self, flag):
        assert decide(number("clone"), NEW[flag]) == EPERM
        assert decide(number("clone"), THREAD | NEW[flag]) == EPERM

    def test_clone_makes_processes_and_threads(self):
        assert decide(number("clone"), 17) == ALLOW
        assert decide(number("clone"), THREAD) == ALLOW

    def test_clone3_is_said_not_to_exist_so_that_libc_falls_back(self):
        assert decide(number("clone3")) == ENOSYS


class TestTerminals:
    @pytest.mark.parametrize("command", [0x5412, 0x541C, 0x5423, 0x541D])
    def test_input_cannot_be_pushed_back(self, command):
        assert decide(number("ioctl"), 0, command) == EPERM
        assert decide(number("ioctl"), 0, command | HIGH) == EPERM

    def test_other_requests_pass(self):
        fionread, tcgets = 0x541B, 0x5401
        assert decide(number("ioctl"), 0, fionread) == ALLOW
        assert decide(number("ioctl"), 0, tcgets) == ALLOW


class TestSockets:
    @pytest.mark.parametrize("call", ["socket", "socketpair"])
    def test_only_four_families_are_known(self, call):
        allowed = [f for f in range(64) if decide(number(call), f, 1) == ALLOW]
        assert allowed == [UNIX, INET, INET6, NETLINK]

    @pytest.mark.parametrize("family", [PACKET, VSOCK])
    def test_high_bits_hide_no_family(self, family):
        assert decide(number("socket"), family | HIGH, 1) == EAFNOSUPPORT

    def test_netlink_is_for_routes_only(self):
        answers = [decide(number("socket"), NETLINK, 3, kind) for kind in range(32)]
        assert answers == [ALLOW, *[EAFNOSUPPORT] * 31]
        assert decide(number("socket"), NETLINK, 3, HIGH) == EAFNOSUPPORT


class TestPersonality:
    @pytest.mark.parametrize("value", [0, 8, 0x20000, 0x20008, 0xFFFFFFFF])
    def test_the_usual_ones_pass(self, value):
        assert decide(number("personality"), value) == ALLOW

    @pytest.mark.parametrize(
        "value",
        [1, 7, 9, 0x1FFFF, 0x20001, 0x20007, 0x20009, 0x40000, 0x400000, 0xFFFFFFFE],
    )
    def test_others_are_refused(self, value):
        assert decide(number("personality"), value) == EPERM
        assert decide(number("personality"), value | HIGH) == EPERM


class TestArchitecture:
    def test_one_that_was_never_tried_is_refused(self, monkeypatch):
        monkeypatch.setattr(platform, "machine", lambda: "aarch64")
        seccomp.program.cache_clear()
        with pytest.raises(BenchFault, match="x86_64, not aarch64") as caught:
            seccomp.program()
        assert caught.value.reason == Reason.SANDBOX


# Makes each call of a list with arguments that are wrong for all of them, so that none
# would do harm if it were let through, and prints the errno of each.
ASKING = """
import ctypes, json, os, sys
if os.environ.get("IN_SANDBOX") != "1":
    sys.exit("Refused: this runs inside a sandbox only")
libc = ctypes.CDLL(None, use_errno=True)
answers = {}
for name, number in json.load(open("/lab/calls")).items():
    ctypes.set_errno(0)
    result = libc.syscall(number, *[ctypes.c_long(-1)] * 6)
    answers[name] = ctypes.get_errno() if result == -1 else 0
print(json.dumps(answers))
"""


@pytest.mark.sandbox
class TestInForce:
    def test_the_kernel_refuses_every_call_of_the_list(self, launcher):
        calls = {"calls": json.dumps({name: number(name) for name in DENIED})}
        answers = json.loads(launcher.run_one(box(ASKING, files=calls))["text"])
        assert answers == dict.fromkeys(DENIED, EPERM)

    def test_a_call_of_the_32_bit_kind_ends_the_process(self, launcher):
        getpid_by_int_80 = bytes.fromhex("b814000000cd80c3")
        program = f"""
import ctypes, mmap
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write({getpid_by_int_80!r})
call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
print("asking", flush=True)
print("answered", call(), flush=True)
"""
        ended = launcher.run_one(box(program))
        assert ended["text"].splitlines() == ["asking"]
        assert ended["code"] == 128 + 31  # SIGSYS
