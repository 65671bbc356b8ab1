"""Control groups: which files are written, what is read, what is taken away again.

The unmarked tests work on a folder that looks like /sys/fs/cgroup. Version 2 has been
run for its processes (enter, list, kill) where the host has it beside version 1; its
limits have only been written to such a folder.
"""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from labs.bench.sandbox import cgroups
from labs.bench.sandbox.limits import Limits
from tests.bench.sandbox.launching import GROUPS, IDLE, box, groups_of

LIMITS = Limits(processes=77, memory_bytes=64 * 2**20)
DEAD = 2**22 + 1  # above the greatest pid there can be
MINUTE_NS = 60 * 10**9


@pytest.fixture
def tree(monkeypatch, tmp_path) -> Path:
    monkeypatch.setattr(cgroups, "_ROOT", tmp_path)
    return tmp_path


@pytest.fixture
def version_1(tree) -> Path:
    for kind in ("pids", "memory", "cpu"):
        (tree / kind).mkdir()
    return tree


@pytest.fixture
def version_2(tree) -> Path:
    (tree / "cgroup.controllers").write_text("cpu memory pids\n")
    return tree


def only(folder: Path) -> Path:
    """Return the one group in a hierarchy."""
    (group,) = folder.glob("concsite-*")
    return group


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


class TestVersion1:
    def test_each_hierarchy_gets_its_limits(self, version_1):
        group = cgroups.make_group(LIMITS, cpus=2)
        assert group.limits_memory
        assert contents(only(version_1 / "pids")) == {"pids.max": "77"}
        assert contents(only(version_1 / "cpu")) == {
            "cpu.cfs_period_us": "100000",
            "cpu.cfs_quota_us": "200000",
        }
        # Without swap accounting in the kernel its file is missing, and is not made.
        memory = contents(only(version_1 / "memory"))
        assert memory == {"memory.limit_in_bytes": str(64 * 2**20)}

    def test_a_hierarchy_that_is_missing_means_no_group_at_all(self, version_1):
        (version_1 / "pids").rmdir()
        group = cgroups.make_group(LIMITS, cpus=1)
        assert not group.limits_memory
        assert (
            group.reason == "control groups cannot be made: No such file or directory"
        )
        assert not [*version_1.glob("*/concsite-*")]

    def test_a_kill_for_memory_is_read(self, version_1):
        group = cgroups.make_group(LIMITS, cpus=1)
        control = only(version_1 / "memory") / "memory.oom_control"
        control.write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 0\n")
        assert group.oom_kills() == 0
        control.write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 2\n")
        assert group.oom_kills() == 2

    def test_one_that_somebody_swept_is_empty(self, version_1):
        group = cgroups.make_group(LIMITS, cpus=1)
        for folder in version_1.glob("*/concsite-*"):
            shutil.rmtree(folder)
        assert group.pids() == []
        group.kill()
        group.remove()


class TestVersion2:
    def test_one_folder_gets_all_limits(self, version_2):
        group = cgroups.make_group(LIMITS, cpus=2)
        assert group.limits_memory
        files = contents(only(version_2))
        files.pop("memory.swap.max", None)  # as absent here as where there is no swap
        assert files == {
            "pids.max": "77",
            "memory.max": str(64 * 2**20),
            "memory.oom.group": "1",
            "cpu.max": "200000 100000",
        }

    def test_the_controllers_are_asked_for(self, version_2):
        cgroups.make_group(LIMITS, cpus=1)
        asked = (version_2 / "cgroup.subtree_control").read_text()
        assert asked == "+cpu +memory +pids"

    def test_a_kill_for_memory_is_read(self, version_2):
        group = cgroups.make_group(LIMITS, cpus=1)
        events = only(version_2) / "memory.events"
        events.write_text("low 0\nhigh 0\nmax 9\noom 1\noom_kill 0\n")
        assert group.oom_kills() == 0
        events.write_text("low 0\nhigh 0\nmax 9\noom 1\noom_kill 1\n")
        assert group.oom_kills() == 1


class TestNoGroup:
    def test_a_host_without_any_is_told_apart_by_its_reason(
        self, monkeypatch, tmp_path
    ):
        monkeypatch.setattr(cgroups, "_ROOT", tmp_path / "nothing")
        group = cgroups.make_group(LIMITS, cpus=1)
        assert not group.limits_memory
        assert group.reason.startswith("control groups cannot be made: ")
        assert group.pids() is None
        assert group.oom_kills() == 0


class TestSweep:
    def leave(self, tree: Path, owner: int, *, namespace: str = ""):
        namespace = namespace or str(os.stat("/proc/self/ns/pid").st_ino)
        made_ns = time.monotonic_ns()
        path = tree / "pids" / f"concsite-{owner}-{namespace}-{made_ns}"
        path.mkdir(parents=True)
        return path

    def test_what_a_killed_launcher_left_is_removed(self, tree):
        left = self.leave(tree, DEAD)
        assert cgroups.sweep() == 1
        assert not left.exists()

    def test_what_belongs_to_a_living_one_stays(self, tree):
        ours = self.leave(tree, os.getpid())
        assert cgroups.sweep() == 0
        assert ours.exists()

    def test_a_launcher_we_cannot_see_is_not_taken_for_dead(self, tree):
        fresh = self.leave(tree, DEAD, namespace="1")
        assert cgroups.sweep() == 0
        assert fresh.exists()

    def test_what_it_left_a_minute_ago_is_removed(self, tree, monkeypatch):
        left = self.leave(tree, DEAD, namespace="1")
        later = time.monotonic_ns() + MINUTE_NS + 1
        monkeypatch.setattr(time, "monotonic_ns", lambda: later)
        assert cgroups.sweep() == 1
        assert not left.exists()

    @pytest.mark.parametrize("name", ["concsite-", "concsite-x-1-1", "system.slice"])
    def test_strangers_are_left_alone(self, tree, name):
        (tree / "pids" / name).mkdir(parents=True)
        assert cgroups.sweep() == 0


@pytest.mark.sandbox
@pytest.mark.usefixtures("as_root")
class TestOnThisHost:
    def test_a_sandbox_is_in_a_group_with_its_limits(self, launcher):
        limits = {"processes": 50, "memory_bytes": 64 * 2**20}
        (held,) = launcher.hold(box(IDLE, limits=limits))
        groups = groups_of(launcher.pid)
        assert groups, "no control group was made"
        inside = [set(map(int, _read(g, "cgroup.procs").split())) for g in groups]
        assert all({held["outer_pid"], held["main_pid"]} <= pids for pids in inside)
        assert all(launcher.pid not in pids for pids in inside)
        values = [_read(g, name) for g in groups for name in _LIMITING]
        assert {"50", str(64 * 2**20)} <= set(values)
        launcher.close()
        assert groups_of(launcher.pid) == []

    def test_version_2_lists_and_kills_its_processes(self):
        hierarchy = _version_2()
        folder = hierarchy / f"concsite-{os.getpid()}-test"
        folder.mkdir()
        group = cgroups.GroupV2({"": folder})
        sleeper = subprocess.Popen(["sleep", "60"], preexec_fn=group.enter)
        try:
            assert group.pids() == [sleeper.pid]
            group.kill()
            assert sleeper.wait(10) == -signal.SIGKILL
            assert group.pids() == []
        finally:
            sleeper.kill()
            sleeper.wait()
            group.remove()
        assert not folder.exists()


_LIMITING = ("pids.max", "memory.limit_in_bytes", "memory.max")


def _read(group: Path, name: str) -> str:
    path = group / name
    return path.read_text().strip() if path.exists() else ""


def _version_2() -> Path:
    for path in (GROUPS, GROUPS / "unified"):
        if (path / "cgroup.controllers").exists():
            return path
    pytest.skip("This host has no control groups of version 2")
