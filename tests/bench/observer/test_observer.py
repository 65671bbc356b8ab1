"""The inside view, held against processes whose state is known."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from labs.bench.contracts.endpoint import Endpoint
from labs.bench.observer.observer import Observer
from labs.bench.observer.syscall_meanings import SLOW_CLIENT
from labs.bench.observer.syscall_names import name_of

DOCS = Path(__file__).resolve().parents[3] / "docs"
THREADS = """
import sys, threading
never = threading.Event()
for _ in range(5):
    threading.Thread(target=never.wait, daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def child():
    process = subprocess.Popen(
        [sys.executable, "-c", THREADS], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    process.stdout.readline()
    time.sleep(0.05)  # from its print to its read
    yield process
    process.stdin.close()
    process.stdout.close()
    process.kill()
    process.wait()


@pytest.fixture
def observer():
    observer = Observer(Endpoint(port=1), busy_in={"read"})
    yield observer
    observer.close()


def looks_until(observer, child, is_so):
    """Look until it is so; return the board. It always is, sooner or later."""
    at_s, until_s = 1.0, time.monotonic() + 20
    while time.monotonic() < until_s:
        at_s += 0.2
        board = observer.look([child.pid], at_s).board
        if is_so(board[0]):
            return board
        time.sleep(0.01)
    raise AssertionError("It was never so")


class TestObserver:
    def test_every_thread_is_seen_in_the_call_it_waits_in(self, observer, child):
        seen = observer.look([child.pid], time.monotonic())
        (cell,) = seen.board
        assert cell["waiting_in"] == {"futex": 5, "read": 1}
        assert cell["threads"] == 6
        assert cell["name"].startswith("python")
        assert seen.values["server_threads"] == 6
        assert seen.values["workers_busy"] == 1

    def test_a_second_look_sees_the_same(self, observer, child):
        first = observer.look([child.pid], 1.0)
        second = observer.look([child.pid], 1.2)
        assert [c["waiting_in"] for c in first.board] == [
            c["waiting_in"] for c in second.board
        ]
        assert second.values["server_cpu_percent"] == 0.0

    def test_a_process_that_ended_is_gone_and_harms_nobody(self, observer, child):
        observer.look([child.pid], 1.0)
        child.kill()
        child.wait()
        seen = observer.look([child.pid], 1.2)
        assert seen.board == []
        assert seen.values["server_processes"] == 0

    def test_a_zombie_is_no_process_of_the_server(self, observer, child):
        child.kill()
        time.sleep(0.1)
        assert observer.look([child.pid], 1.0).board == []

    def test_files_are_given_back(self, observer, child):
        before = len(os.listdir("/proc/self/fd"))
        observer.look([child.pid], 1.0)
        assert len(os.listdir("/proc/self/fd")) == before + 1 + 2 * 6
        observer.look([], 1.2)
        assert len(os.listdir("/proc/self/fd")) == before

    def test_its_threads_are_grouped_by_what_they_do(self, observer, child):
        (cell,) = observer.look([child.pid], 1.0).board
        idle, main = cell["tasks"]
        assert (idle["meaning"], idle["call"]) == ("idle in the pool", "futex")
        assert len(idle["tids"]) == 5 and idle["state"] == "S"
        assert main["tids"] == [cell["pid"]]
        assert main["meaning"] == SLOW_CLIENT

    def test_the_drivers_words_come_first(self, child):
        observer = Observer(Endpoint(port=1), (), {"read": "at a file"})
        (cell,) = observer.look([child.pid], 1.0).board
        observer.close()
        assert cell["tasks"][1]["meaning"] == "at a file"

    def test_a_stopped_one_is_seen_to_be_in_every_thread(self, observer, child):
        def states(cell):
            return {cell["state"], *(group["state"] for group in cell["tasks"])}

        observer.look([child.pid], 1.0)
        child.send_signal(signal.SIGSTOP)
        looks_until(observer, child, lambda cell: states(cell) == {"T"})
        child.send_signal(signal.SIGCONT)
        looks_until(observer, child, lambda cell: states(cell) == {"S"})

    def test_a_parent_outside_and_one_inside_are_named(self, observer, child):
        (cell,) = observer.look([child.pid], 1.0).board
        assert cell["parent"] == os.getpid()
        board = observer.look([os.getpid(), child.pid], 1.2).board
        # Its number may be the smaller one: they start anew once they are used up.
        (theirs,) = (cell for cell in board if cell["pid"] == child.pid)
        assert theirs["parent"] == os.getpid()

    def test_what_ran_since_the_look_before_is_told(self, observer, child):
        observer.look([child.pid], 1.0)
        child.stdin.write(b"x")
        child.stdin.flush()
        (awake,) = looks_until(observer, child, lambda cell: cell["active"])
        number, share, switches = awake["active"][0]
        assert number == awake["pid"] and switches >= 1 and share >= 0
        assert awake["switches_per_s"] >= switches

    def test_memory_and_files_are_told_at_the_first_look(self, observer, child):
        seen = observer.look([child.pid], 1.0)
        (cell,) = seen.board
        assert 0 < cell["pss_bytes"] <= cell["rss_bytes"] + 4_000_000
        assert cell["open_files"] == len(os.listdir(f"/proc/{child.pid}/fd"))
        assert seen.values["server_pss_bytes"] == cell["pss_bytes"]
        assert seen.values["server_open_files"] == cell["open_files"]

    def test_who_holds_a_connection_is_told(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            observer = Observer(Endpoint(port=listener.getsockname()[1]))
            clients = [socket.create_connection(listener.getsockname()) for _ in "ab"]
            accepted, _ = listener.accept()
            seen = observer.look([os.getpid()], 1.0)
            (cell,) = seen.board
            observer.close()
            for each in (*clients, accepted):
                each.close()
        assert cell["connections"] == len(cell["clients"]) == 1
        assert seen.values["connections_served"] == 1
        assert seen.values["connections_waiting"] == 1

    def test_processor_time_never_runs_backwards(self, observer, child):
        observer.look([child.pid], 1.0)
        spent_s = observer.cpu_s
        observer.look([], 1.2)
        assert observer.cpu_s == spent_s

    def test_every_value_is_explained_in_the_documents(self, observer, child):
        values = observer.look([child.pid], 1.0).values
        told = (DOCS / "formats.md").read_text()
        assert [name for name in values if f"`{name}`" not in told] == []

    def test_no_worker_belongs_to_a_connection(self, child):
        observer = Observer(Endpoint(port=1))
        values = observer.look([child.pid], 1.0).values
        observer.close()
        assert values["workers_busy"] is None


class TestSyscallNames:
    @pytest.mark.parametrize(
        "line, name",
        [
            (b"7 0x7ffe 0x1 0xea60 0x0 0x0 0x0 0x7ff 0x7f1\n", "poll"),
            (b"running\n", "running"),
            (b"-1 0x7ffe 0x7f1\n", "blocked"),
            (b"999 0x0\n", "999"),
        ],
    )
    def test_the_first_word_says_it(self, line, name):
        assert name_of(line) == name


class TestMarked:
    def test_those_that_are_still_there_are_counted(self, observer, child):
        assert observer.old is None
        observer.look([child.pid, os.getpid()], 1.0)
        observer.mark()
        observer.look([child.pid, os.getpid()], 1.2)
        assert observer.old == 2
        observer.look([os.getpid()], 1.4)
        assert observer.old == 1

    def test_one_that_came_later_is_not(self, observer, child):
        observer.look([os.getpid()], 1.0)
        observer.mark()
        values = observer.look([child.pid, os.getpid()], 1.2).values
        assert (observer.old, values["server_processes"]) == (1, 2)
