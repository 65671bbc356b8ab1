"""Programs that take as much as they get: each stops at its limit."""

import pytest

from tests.bench.sandbox.launching import (
    Launcher,
    box,
    payload,
)
from tests.workers import OTHER_SLOT

pytestmark = pytest.mark.sandbox

MIB = 2**20
SMALL = {"memory_bytes": 64 * MIB}
# bwrap's two processes and the bomb itself count, too; the keeper does as an ordinary
# user, whose limit is on everything of the same user namespace.
FORKS = range(120, 128)


def taken(launcher: Launcher, *words: str, **limits: int) -> int:
    """Let a bomb off, and return how much it got."""
    ended = launcher.run_one(payload("bombs", *words, limits=limits))
    assert ended["code"] == 0, ended
    return int(ended["text"])


class TestProcesses:
    @pytest.mark.parametrize("kind", ["fork", "thread"])
    def test_they_stop_at_the_limit(self, launcher, kind):
        assert taken(launcher, kind) in FORKS

    def test_a_server_that_needs_more_gets_them_and_no_more(self, launcher):
        assert taken(launcher, "fork", processes=256) in range(248, 256)

    @pytest.mark.parametrize("kind", ["fork", "thread"])
    def test_they_stop_for_an_ordinary_user_too(self, ordinary, kind):
        with Launcher(**ordinary) as theirs:
            assert taken(theirs, kind) in range(64, 128)

    def test_two_bombs_at_once_take_nothing_from_each_other(self, as_root, launcher):
        orders = payload("bombs", "fork"), payload("bombs", "fork", slot=OTHER_SLOT)
        counts = [int(ended["text"]) for ended in launcher.run(*orders)]
        assert [count in FORKS for count in counts] == [True, True], counts


class TestFiles:
    def test_open_ones_stop_at_the_limit(self, launcher):
        assert taken(launcher, "file") in range(1015, 1024)

    @pytest.mark.parametrize(
        ("folder", "mebibytes"),
        [("/tmp", 32), ("/dev/shm", 32), ("/box", 64), ("/", 0), ("/lab", 0)],
    )
    def test_a_folder_holds_this_much(self, launcher, folder, mebibytes):
        assert taken(launcher, "disk", folder) == mebibytes

    def test_the_work_folder_holds_this_many(self, launcher):
        assert taken(launcher, "inode", "/box") == 4095

    @pytest.mark.parametrize("folder", ["/tmp", "/dev/shm"])
    def test_elsewhere_their_number_is_bounded_by_memory(
        self, as_root, launcher, folder
    ):
        ended = launcher.run_one(payload("bombs", "inode", folder, limits=SMALL))
        assert (ended["code"], ended["oom_killed"]) == (137, True)

    @pytest.mark.parametrize(
        "make",
        ["open('/box/big', 'wb', buffering=0)", "open(os.memfd_create('m'), 'wb', 0)"],
    )
    def test_one_grows_to_the_limit_of_a_file(self, launcher, make):
        program = f"""
import errno, os
file, written = {make}, 0
try:
    while True:
        written += file.write(bytes({MIB}))
except OSError as error:
    print(written, errno.errorcode[error.errno])
"""
        ended = launcher.run_one(box(program, limits={"file_bytes": 8 * MIB}))
        assert ended["text"].split() == [str(8 * MIB), "EFBIG"]


class TestMemory:
    def test_the_kernel_ends_what_takes_too_much(self, as_root, launcher):
        ended = launcher.run_one(payload("bombs", "memory", limits=SMALL))
        assert (ended["code"], ended["oom_killed"]) == (137, True)

    def test_so_it_does_for_all_processes_together(self, as_root, launcher):
        program = """
import os, time
for _ in range(8):
    if os.fork() == 0:
        held = bytearray(os.urandom(4096) * 256 * 16)
        time.sleep(30)
        os._exit(0)
print(os.waitstatus_to_exitcode(os.wait()[1]), flush=True)
"""
        ended = launcher.run_one(box(program, limits=SMALL))
        assert ended["oom_killed"]
        assert ended["text"] in ("-9\n", ""), "the parent may be the one that goes"

    def test_what_is_in_a_file_in_memory_counts(self, as_root, launcher):
        ended = launcher.run_one(
            payload("bombs", "disk", "/box", limits={"memory_bytes": 24 * MIB})
        )
        assert (ended["code"], ended["oom_killed"]) == (137, True)

    def test_one_that_keeps_to_its_limit_is_not_called_killed(self, launcher):
        ended = launcher.run_one(box("print(len(bytearray(2**20)))", limits=SMALL))
        assert (ended["code"], ended["oom_killed"]) == (0, False)

    def test_without_control_groups_each_process_has_its_bound(self, ordinary):
        with Launcher(**ordinary) as theirs:
            got = taken(theirs, "memory", address_space_bytes=256 * MIB)
        assert got in range(100, 256)


class TestProcessor:
    def test_a_spin_ends_with_its_seconds(self, launcher):
        order = payload("bombs", "processor", limits={"cpu_s": 1})
        assert launcher.run_one(order)["code"] == 137
