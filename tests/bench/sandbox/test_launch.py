"""A sandbox as the host sees it, as it sees itself, and what it tells."""

import json
import os
import re
import resource
import shutil
import signal
import time
from pathlib import Path

import pytest

from labs.bench.sandbox.limits import Limits
from tests.bench.sandbox.launching import (
    IDLE,
    Launcher,
    box,
    members,
)
from tests.workers import OTHER_SLOT, SLOT

pytestmark = pytest.mark.sandbox

NAMESPACES = ("user", "pid", "ipc", "uts", "cgroup", "mnt", "net")
# Outside a tmpfs of bounded size, nothing can be written.
WRITABLE = {"/tmp", "/box", "/dev/shm"}
LOOK_ROUND = """
import json, os, socket
def mounts():
    for line in open("/proc/self/mountinfo"):
        words = line.split()
        yield words[4], words[5].split(","), line.partition(" - ")[2].split()
def name_of(host):
    try:
        return str(socket.getaddrinfo(host, 80))
    except OSError as error:
        return type(error).__name__
inherited = [fd for fd in range(1024) if os.path.exists(f"/proc/self/fd/{fd}")]
print(json.dumps({
    "environment": dict(os.environ),
    "descriptors": inherited,
    "init": open("/proc/1/cmdline").read().split("\\0"),
    "init_environment": open("/proc/1/environ").read(),
    "pids": sorted(int(name) for name in os.listdir("/proc") if name.isdigit()),
    "mounts": list(mounts()),
    "interfaces": [name for _, name in socket.if_nameindex()],
    "name": name_of("concsite.example"),
    "ids": [os.getresuid(), os.getresgid(), os.getgroups()],
    "host": os.uname().nodename,
    "limits": open("/proc/self/limits").read(),
    "umask": os.umask(0),
    "lab": [os.stat("/lab/program.py").st_mode & 0o777, os.getcwd()],
}))
"""


def status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    pairs = (line.partition(":") for line in lines)
    return {name: value.strip() for name, _, value in pairs}


@pytest.fixture(scope="class")
def held(launcher):
    (held,) = launcher.hold(box(IDLE))
    yield held
    launcher.close()


@pytest.fixture(scope="class")
def seen(launcher):
    order = box(LOOK_ROUND, environment={"LEAK_TEST": "given"})
    return json.loads(launcher.run_one(order)["text"])


class TestFromOutside:
    @pytest.mark.parametrize("process", ["outer_pid", "main_pid"])
    def test_its_user_is_the_slots_and_never_root(self, as_root, held, process):
        identity = status(held[process])
        assert identity["Uid"].split() == [str(64000 + SLOT)] * 4
        assert identity["Gid"].split() == [str(64000 + SLOT)] * 4
        assert identity["Groups"] == ""

    def test_it_keeps_no_group_of_its_launcher(self, as_root, built_root):
        with Launcher(extra_groups=[4, 24]) as privileged:
            (held,) = privileged.hold(box(IDLE))
            assert status(privileged.pid)["Groups"] == "4 24"
            assert status(held["outer_pid"])["Groups"] == ""
            privileged.close()

    def test_root_is_not_in_its_map_of_users(self, as_root, held):
        mapped = Path(f"/proc/{held['main_pid']}/uid_map").read_text().split()
        assert [mapped[0], mapped[2]] == ["10001", "1"]

    @pytest.mark.parametrize("name", ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"])
    def test_it_has_no_capabilities(self, held, name):
        assert int(status(held["main_pid"])[name], 16) == 0

    def test_it_can_gain_no_privileges_and_is_filtered(self, held):
        now = status(held["main_pid"])
        assert (now["NoNewPrivs"], now["Seccomp"]) == ("1", "2")

    @pytest.mark.parametrize("kind", NAMESPACES)
    def test_its_namespaces_are_not_ours(self, held, kind):
        theirs = os.readlink(f"/proc/{held['main_pid']}/ns/{kind}")
        assert theirs != os.readlink(f"/proc/self/ns/{kind}")

    def test_the_launcher_shares_nothing_with_it_but_the_network(self, launcher, held):
        shared = [
            kind
            for kind in NAMESPACES
            if os.readlink(f"/proc/{held['main_pid']}/ns/{kind}")
            == os.readlink(f"/proc/{launcher.pid}/ns/{kind}")
        ]
        assert shared == ["net"]

    def test_only_what_was_asked_for_counts_as_its_processes(self, held):
        assert held["pids"] == [held["main_pid"]]

    def test_it_is_strict(self, as_root, held):
        assert held["level"] == "strict"
        assert re.fullmatch(r"strict-1-[0-9a-f]{12}", held["profile"])


class TestFromInside:
    def test_these_are_all_the_variables(self, seen):
        assert seen["environment"] == {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            "HOME": "/box",
            "TMPDIR": "/tmp",
            "PWD": "/box",
            "IN_SANDBOX": "1",
            "LEAK_TEST": "given",
        }

    def test_nothing_but_the_standard_streams_is_open(self, seen):
        assert seen["descriptors"] == [0, 1, 2]

    def test_the_first_process_tells_neither_paths_nor_variables(self, seen):
        program, option, number, *rest = seen["init"]
        assert (program, option) == (shutil.which("bwrap"), "--args")
        assert number.isdigit()
        assert rest == ["--", "/usr/bin/python3", "-I", "/lab/program.py", ""]
        assert seen["init_environment"] == ""

    def test_it_sees_its_own_processes_only(self, seen):
        assert seen["pids"] == [1, 2]

    def test_only_bounded_memory_can_be_written(self, seen):
        writable = {at: rest for at, flags, rest in seen["mounts"] if "rw" in flags}
        devices = {at for at in writable if at.startswith("/dev/") and at != "/dev/shm"}
        assert writable.keys() - devices == WRITABLE
        assert all(writable[at][0] == "tmpfs" for at in WRITABLE)
        assert all("size=" in writable[at][2] for at in WRITABLE)

    def test_no_mount_honours_setuid_files(self, seen):
        assert not [at for at, flags, _ in seen["mounts"] if "nosuid" not in flags]

    def test_its_network_is_loopback_and_knows_no_names(self, seen):
        assert seen["interfaces"] == ["lo"]
        assert seen["name"] == "gaierror"

    def test_it_is_nobody_in_particular(self, seen):
        assert seen["ids"] == [[10001] * 3, [10001] * 3, seen["ids"][2]]
        assert set(seen["ids"][2]) <= {10001, 65534}
        assert seen["host"] == "lab"

    @pytest.mark.parametrize(
        ("label", "kind"),
        [
            ("Max processes", resource.RLIMIT_NPROC),
            ("Max open files", resource.RLIMIT_NOFILE),
            ("Max address space", resource.RLIMIT_AS),
            ("Max file size", resource.RLIMIT_FSIZE),
            ("Max cpu time", resource.RLIMIT_CPU),
            ("Max core file size", resource.RLIMIT_CORE),
            ("Max locked memory", resource.RLIMIT_MEMLOCK),
            ("Max msgqueue size", resource.RLIMIT_MSGQUEUE),
            ("Max pending signals", resource.RLIMIT_SIGPENDING),
            ("Max stack size", resource.RLIMIT_STACK),
            ("Max nice priority", resource.RLIMIT_NICE),
            ("Max realtime priority", resource.RLIMIT_RTPRIO),
        ],
    )
    def test_a_limit_is_in_force_soft_and_hard(self, seen, label, kind):
        soft, hard = re.search(
            rf"^{label} +(\d+) +(\d+)", seen["limits"], re.M
        ).groups()
        wanted = dict(Limits().rows())[kind]
        assert (int(soft), int(hard)) == (wanted, wanted)

    def test_others_cannot_read_what_it_writes(self, seen):
        assert seen["umask"] == 0o077

    def test_its_inputs_can_be_read_and_it_starts_in_its_own_folder(self, seen):
        assert seen["lab"] == [0o644, "/box"]


class TestTwoAtOnce:
    def test_they_have_users_processes_and_files_of_their_own(self, as_root, launcher):
        held = launcher.hold(box(IDLE), box(IDLE, slot=OTHER_SLOT))
        users = [status(one["main_pid"])["Uid"].split()[0] for one in held]
        assert users == [str(64000 + SLOT), str(64000 + OTHER_SLOT)]
        for kind in ("user", "pid", "ipc", "mnt"):
            spaces = {os.readlink(f"/proc/{h['main_pid']}/ns/{kind}") for h in held}
            assert len(spaces) == 2
        launcher.close()

    def test_the_end_of_one_is_not_the_others(self, launcher):
        first, second = launcher.hold(box(IDLE), box(IDLE, slot=OTHER_SLOT))
        os.kill(first["main_pid"], signal.SIGTERM)
        until_s = time.monotonic() + 5
        while first["outer_pid"] in members(launcher.network):
            assert time.monotonic() < until_s, "the first did not end"
        assert {second["main_pid"], second["outer_pid"]} <= {*members(launcher.network)}
        assert launcher.close() == [128 + signal.SIGTERM, 137]


class TestWhatItTells:
    def test_the_exit_code_is_the_programs(self, launcher):
        assert launcher.run_one(box("raise SystemExit(7)"))["code"] == 7

    def test_a_signal_is_128_and_its_number(self, launcher):
        ended = launcher.run_one(box("import os; os.kill(os.getpid(), 11)"))
        assert ended["code"] == 128 + 11

    def test_output_and_errors_come_in_order(self, launcher):
        program = "import sys; print('a', flush=True); print('b', file=sys.stderr)"
        assert launcher.run_one(box(program))["text"] == "a\nb\n"

    def test_its_log_can_be_opened_by_name(self, launcher):
        program = "open('/dev/stderr', 'w').write('by name')"
        assert launcher.run_one(box(program))["text"] == "by name"


class TestOrdinaryUser:
    def test_a_sandbox_is_degraded_and_still_not_roots(self, ordinary):
        with Launcher(**ordinary) as launcher:
            (held,) = launcher.hold(box(IDLE))
            assert held["level"] == "degraded"
            assert not held["limits_memory"]
            assert held["pids"] == [held["main_pid"]]
            now = status(held["main_pid"])
            assert "0" not in now["Uid"].split()
            assert (int(now["CapBnd"], 16), now["Seccomp"]) == (0, "2")
            launcher.close()
