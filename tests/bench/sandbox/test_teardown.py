"""The end of a sandbox, whoever is killed and when: nothing of it is left.

Every process of a sandbox lives in its launcher's network namespace, so that is where
survivors are looked for: also those that no list of ours has.
"""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labs.bench.sandbox import cgroups
from tests.bench.sandbox.launching import (
    IDLE,
    Launcher,
    box,
    groups_of,
    members,
    payload,
    wait_until_none,
)

pytestmark = pytest.mark.sandbox

# Moments of a launch, which takes about 25 ms: between fork and a running program.
MOMENTS_MS = (0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 23, 26, 30)


@pytest.fixture(params=["as_we_are", "as_an_ordinary_user"])
def options(request, built_root) -> dict[str, Any]:
    """Return what `Launcher` takes, for each kind of user."""
    if request.param == "as_we_are":
        return {}
    if os.geteuid() != 0:
        pytest.skip("We are an ordinary user already")
    return request.getfixturevalue("ordinary")


@pytest.fixture
def doomed(options) -> Iterator[Launcher]:
    """Start a launcher that may be killed."""
    with Launcher(**options) as started:
        yield started


@pytest.fixture(autouse=True)
def no_group_is_left() -> Iterator[None]:
    """Sweep as the next launch would; a group is busy while its last exit takes."""
    yield
    until_s = time.monotonic() + 5
    while abandoned := [g for g in groups_of("*") if not is_alive(g)]:
        assert time.monotonic() < until_s, f"{abandoned} cannot be removed"
        cgroups.sweep()


def is_alive(group: Path) -> bool:
    return os.path.exists(f"/proc/{group.name.split('-')[1]}")


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]


def wait_until_alone(launcher: Launcher) -> None:
    until_s = time.monotonic() + 5
    while members(launcher.network) != [launcher.pid]:
        assert time.monotonic() < until_s, "processes outlived what was killed"
        time.sleep(0.001)


def hold_daemons(launcher: Launcher) -> dict[str, Any]:
    """Start four daemons, and wait until one of them has stopped itself."""
    (held,) = launcher.hold(payload("daemons"))
    until_s = time.monotonic() + 10
    while "T" not in map(state, members(launcher.network)):
        assert time.monotonic() < until_s, "no process stopped itself"
        time.sleep(0.001)
    return held


class TestKilledLauncher:
    def test_daemons_and_stopped_processes_end_with_it(self, doomed):
        hold_daemons(doomed)
        assert len(members(doomed.network)) >= 8  # the launcher, bwrap twice, five
        doomed.kill()
        assert wait_until_none(doomed.network) == []

    def test_its_control_groups_go_with_the_next_launch(self, as_root, launcher):
        with Launcher() as killed:
            hold_daemons(killed)
            assert groups_of(killed.pid)
            killed.kill()
            assert wait_until_none(killed.network) == []
        until_s = time.monotonic() + 5
        while groups_of(killed.pid):
            assert time.monotonic() < until_s, "nobody swept them"
            launcher.run_one(box(""))

    def test_the_launch_it_was_at_ends_with_it_at_any_moment(self, options):
        for moment_ms in MOMENTS_MS:
            with Launcher(**options) as launcher:
                launcher.send(box(IDLE))
                time.sleep(moment_ms / 1000)
                launcher.kill()
                left = wait_until_none(launcher.network)
            assert left == [], f"killed after {moment_ms} ms"

    def test_a_bwrap_that_is_slow_to_start_ends_with_it(self, built_root, open_folder):
        slow = open_folder / "bwrap"
        slow.write_text("#!/bin/sh\nexec /bin/sleep 600\n")
        slow.chmod(0o755)
        path = f"{open_folder}:{os.environ['PATH']}"
        with Launcher(env=os.environ | {"PATH": path}) as launcher:
            launcher.send(box(IDLE))
            until_s = time.monotonic() + 10
            while "sleep" not in map(name_of, members(launcher.network)):
                assert time.monotonic() < until_s, "the slow one never started"
            launcher.kill()
            assert wait_until_none(launcher.network) == []


def name_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


class TestOtherVictims:
    def test_with_the_outer_bwrap_everything_inside_ends(self, doomed):
        held = hold_daemons(doomed)
        os.kill(held["outer_pid"], signal.SIGKILL)
        wait_until_alone(doomed)
        assert doomed.close() == [137]

    def test_with_the_keeper_everything_inside_ends(self, doomed):
        held = hold_daemons(doomed)
        stat = Path(f"/proc/{held['outer_pid']}/stat").read_text()
        keeper = int(stat.rpartition(") ")[2].split()[1])
        os.kill(keeper, signal.SIGTERM)
        wait_until_alone(doomed)
        assert doomed.close() == [128 + signal.SIGTERM]

    def test_with_the_server_its_daemons_end(self, doomed):
        held = hold_daemons(doomed)
        os.kill(held["main_pid"], signal.SIGKILL)
        assert doomed.close() == [137]

    def test_a_server_that_leaves_daemons_and_exits_is_over(self, doomed):
        leaving = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(600)
    os._exit(0)
os.wait()
sys.exit(3)
"""
        assert doomed.run_one(box(leaving))["code"] == 3


class TestClose:
    def test_it_ends_daemons_and_stopped_processes(self, doomed):
        hold_daemons(doomed)
        assert doomed.close() == [137]

    @pytest.mark.parametrize(
        "stubborn",
        [
            "os.kill(os.getpid(), signal.SIGSTOP)",
            "[signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)]; time.sleep(600)",
            "signal.pause()",
        ],
    )
    def test_it_ends_a_server_that_would_not(self, doomed, stubborn):
        program = f"import os, signal, time\nprint('ready', flush=True)\n{stubborn}"
        doomed.hold(box(program))
        assert doomed.close() == [137]
