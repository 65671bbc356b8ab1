"""The threads of a process, told by files such as /proc has."""

import os
from pathlib import Path

import pytest

from labs.bench.observer.threads import MAX_ACTIVE, FileBudget, Tasks

FUTEX = "202 0x7f59 0x189 0x0 0x0 0x0 0xffffffff 0x7f59 0x7f59"
READ = "0 0x3 0x7ffe 0x200 0x0 0x0 0x0 0x7ff 0x7f1"
POLL = "7 0x7ffe 0x1 0xea60 0x0 0x0 0x0 0x7ff 0x7f1"


class Folder:
    """A folder as /proc/PID/task, whose files can be changed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(
        self,
        tid: int,
        syscall: str = FUTEX,
        schedstat: str | None = "0 0 1",
        state: str = "S",
    ) -> None:
        folder = self.path / str(tid)
        folder.mkdir(exist_ok=True)
        texts = {
            "syscall": syscall,
            "schedstat": schedstat,
            "stat": f"{tid} (a) {state} 1",
            "status": f"Name:\ta\nNSpid:\t{tid}\t{tid - 1000}\n",
        }
        for name, text in texts.items():
            if text is not None:
                (folder / name).write_text(f"{text}\n")

    def end(self, tid: int) -> None:
        for file in (self.path / str(tid)).iterdir():
            file.unlink()
        (self.path / str(tid)).rmdir()

    def tasks(self, files: FileBudget | None = None, *, is_new: bool = False) -> Tasks:
        return Tasks(str(self.path), files or FileBudget(100), is_new=is_new)


@pytest.fixture
def folder(tmp_path) -> Folder:
    return Folder(tmp_path)


class TestGroups:
    def test_threads_that_stand_alike_are_one_group(self, folder):
        for tid in (1001, 1002, 1003):
            folder.write(tid)
        folder.write(1004, POLL)
        groups = folder.tasks().look().groups
        assert {key: sorted(tids) for key, tids in groups.items()} == {
            ("S", "futex"): [1, 2, 3],
            ("S", "poll"): [4],
        }

    def test_one_that_runs_is_running_whatever_its_letter_was(self, folder):
        folder.write(1001, "running")
        assert folder.tasks().look().groups == {("R", "running"): [1]}

    def test_what_it_stands_in_is_read_again_when_it_has_run(self, folder):
        tasks = folder.tasks()
        folder.write(1001)
        tasks.look()
        folder.write(1001, POLL, "5 5 2")
        assert tasks.look().groups == {("S", "poll"): [1]}

    def test_one_asleep_that_has_not_run_is_not_asked(self, folder):
        # No kernel says such a thing; each read costs as much as all the rest.
        tasks = folder.tasks()
        folder.write(1001, FUTEX)
        tasks.look()
        folder.write(1001, POLL)
        assert tasks.look().groups == {("S", "futex"): [1]}

    def test_the_letter_is_read_again_when_it_has_run(self, folder):
        tasks = folder.tasks()
        folder.write(1001, READ, "0 0 1", "S")
        tasks.look()
        folder.write(1001, READ, "9 0 2", "D")
        assert tasks.look().groups == {("D", "read"): [1]}

    def test_one_that_was_at_a_device_is_asleep_again(self, folder):
        tasks = folder.tasks()
        folder.write(1001, READ, state="D")
        tasks.look()
        folder.write(1001, READ, state="S")
        assert tasks.look().groups == {("S", "read"): [1]}

    def test_one_that_is_stopped_is_wherever_it_stands(self, folder):
        tasks = folder.tasks()
        folder.write(1001, state="S")
        tasks.look()
        folder.write(1001, state="T")
        assert tasks.look(stopped=True).groups == {("T", "futex"): [1]}
        folder.write(1001, state="S")
        assert tasks.look().groups == {("S", "futex"): [1]}

    def test_one_that_was_ready_and_has_not_run_is_asleep_again(self, folder):
        tasks = folder.tasks()
        folder.write(1001, "running")
        tasks.look()
        folder.write(1001, FUTEX)
        assert tasks.look().groups == {("S", "futex"): [1]}

    def test_a_kernel_without_schedstat_still_tells_where_they_stand(self, folder):
        tasks = folder.tasks()
        folder.write(1001, schedstat=None)
        seen = [tasks.look() for _ in range(2)]
        assert [look.groups for look in seen] == [{("S", "futex"): [1]}] * 2
        assert [look.active for look in seen] == [[], []]


class TestActive:
    def test_what_ran_since_the_look_before_is_told_the_busiest_first(self, folder):
        tasks = folder.tasks()
        for tid in (1001, 1002, 1003):
            folder.write(tid, schedstat="100 0 10")
        assert tasks.look().active == []
        folder.write(1001, schedstat="150 0 11")
        folder.write(1003, schedstat="400 0 15")
        seen = tasks.look()
        assert seen.active == [(3, 300, 5), (1, 50, 1)]
        assert seen.switches == 6

    def test_what_they_waited_for_a_processor_is_added_up(self, folder):
        tasks = folder.tasks()
        for tid in (1001, 1002):
            folder.write(tid, schedstat="100 50 10")
        assert tasks.look().waited_ns == 0
        folder.write(1001, schedstat="150 70 11")
        folder.write(1002, schedstat="150 80 11")
        assert tasks.look().waited_ns == 50
        assert tasks.look().waited_ns == 0

    def test_of_one_that_is_new_all_it_ran_counts(self, folder):
        tasks = folder.tasks()
        folder.write(1001, schedstat="100 0 10")
        tasks.look()
        folder.write(1002, schedstat="30 0 3")
        assert tasks.look().active == [(2, 30, 3)]

    def test_so_it_is_in_a_process_that_is_new(self, folder):
        folder.write(1001, schedstat="100 0 10")
        assert folder.tasks(is_new=True).look().active == [(1, 100, 10)]

    def test_few_are_named_and_all_are_counted(self, folder):
        for tid in range(1001, 1003 + MAX_ACTIVE):
            folder.write(tid, schedstat="7 0 1")
        seen = folder.tasks(is_new=True).look()
        assert len(seen.active) == MAX_ACTIVE
        assert seen.switches == MAX_ACTIVE + 2


class TestFiles:
    def test_they_are_kept_up_to_a_number_and_given_back(self, folder):
        files = FileBudget(4)
        tasks = folder.tasks(files)
        for tid in (1001, 1002, 1003):
            folder.write(tid)
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(2):
            assert tasks.look().groups[("S", "futex")]
        assert files.open == 4
        assert len(os.listdir("/proc/self/fd")) == before + 4
        tasks.close()
        assert files.open == 0
        assert len(os.listdir("/proc/self/fd")) == before

    def test_those_of_a_thread_that_ended_are_given_back(self, folder):
        files = FileBudget(100)
        tasks = folder.tasks(files)
        folder.write(1001)
        folder.write(1002)
        tasks.look()
        folder.end(1002)
        assert tasks.look().groups == {("S", "futex"): [1]}
        assert files.open == 2

    def test_a_thread_that_ends_during_the_look_is_left_out(self, folder):
        folder.write(1001)
        (folder.path / "1002").mkdir()
        assert folder.tasks().look().groups == {("S", "futex"): [1]}

    def test_there_is_room_for_those_of_a_server(self):
        assert FileBudget().take()
