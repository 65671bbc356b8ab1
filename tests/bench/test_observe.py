"""The inside view, held against processes whose state is known."""

import socket
import subprocess
import sys
import time

import pytest

from labs.bench.observe import Observer, _stat
from labs.bench.sandbox.endpoint import Endpoint
from labs.bench.sockdiag import PortWatch
from labs.bench.syscalls import name_of

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
        observer.look([child.pid], 1.0)
        assert observer._open_tasks == 6
        observer.look([], 1.2)
        assert observer._open_tasks == 0

    def test_processor_time_never_runs_backwards(self, observer, child):
        observer.look([child.pid], 1.0)
        spent_s = observer.cpu_s
        observer.look([], 1.2)
        assert observer.cpu_s == spent_s

    def test_no_worker_belongs_to_a_connection(self, child):
        observer = Observer(Endpoint(port=1))
        values = observer.look([child.pid], 1.0).values
        observer.close()
        assert values["workers_busy"] is None


class TestStat:
    def test_a_name_may_hold_spaces_and_brackets(self):
        rest = "S 1 " + " ".join("0" for _ in range(9)) + " 150 50 25 25 20 0 7 0 9 1 3"
        stat = _stat(f"12 (a) b (c) {rest} 0".encode())
        assert stat.name == "a) b (c"
        assert (stat.own_cpu_s, stat.all_cpu_s) == (2.0, 2.5)
        assert (stat.state, stat.threads) == ("S", 7)


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


class TestPortWatch:
    """On an ephemeral port of loopback; nothing is sent."""

    def test_it_counts_the_queue_and_the_connections(self):
        listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        port = listener.getsockname()[1]
        clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(5)]
        watch = PortWatch(Endpoint(port=port))
        assert (watch.accept_queue(), watch.established(1.0)) == (5, 5)
        accepted = [listener.accept()[0] for _ in range(2)]
        assert (watch.accept_queue(), watch.established(1.2)) == (3, 5)
        for each in (*clients, *accepted, listener):
            each.close()
        assert watch.accept_queue() is None
        watch.close()

    def test_the_count_is_renewed_after_a_second(self):
        listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        port = listener.getsockname()[1]
        watch = PortWatch(Endpoint(port=port))
        assert watch.established(1.0) == 0
        client = socket.create_connection(("127.0.0.1", port))
        assert (watch.established(1.9), watch.established(2.1)) == (0, 1)
        client.close()
        listener.close()
        watch.close()

    def test_many_connections_come_in_many_datagrams(self):
        listener = socket.create_server(("127.0.0.1", 0), backlog=300)
        port = listener.getsockname()[1]
        clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(250)]
        watch = PortWatch(Endpoint(port=port))
        assert watch.established(1.0) == 250
        for each in (*clients, listener):
            each.close()
        watch.close()
