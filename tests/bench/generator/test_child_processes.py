"""Children that share a held load: what they report is the sum, and none gets lost."""

import os
import signal
import time
from collections.abc import Iterator

import pytest

from labs.bench.contracts.errors import BenchFault, Reason
from labs.bench.contracts.loads import SlowHeads
from labs.bench.generator import child_processes, held_connections
from labs.bench.generator.child_processes import ChildProcesses
from labs.bench.generator.load_part import LoadContext
from labs.bench.generator.tick_window import Window
from labs.bench.net.client_sockets import Sources
from labs.bench.net.event_loop import EventLoop
from labs.protocols.http1 import Http1
from tests import fakes
from tests.fakes import drive


class Sharing:
    """A loop and the children that it hears of."""

    def __init__(self, server) -> None:
        self.loop, window = EventLoop(), Window()
        self.totals = window.totals
        parts = self.loop, server.address, Http1(), window, Sources()
        self.children = ChildProcesses(LoadContext(*parts))

    @property
    def pids(self) -> list[int]:
        return [child._pid for child in self.children._children]

    def until_held(self, number: int) -> None:
        drive(self.loop, lambda: self.children.held == number)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(child_processes, "PER_CHILD", 5)


@pytest.fixture
def server() -> Iterator[fakes.Server]:
    with fakes.SilentServer() as server:
        yield server


@pytest.fixture
def sharing(server) -> Iterator[Sharing]:
    sharing = Sharing(server)
    yield sharing
    sharing.children.finish()
    sharing.loop.close()


class TestShare:
    def test_it_is_what_the_files_of_one_allow(self):
        assert child_processes.share_within(4) == 0
        assert child_processes.share_within(67) == 3
        assert child_processes.share_within(10_000) == 5


class TestSharing:
    def test_each_holds_its_part_and_the_sum_is_told(self, sharing, server):
        sharing.children.hold(SlowHeads(99), 12)
        sharing.until_held(12)
        assert len(set(sharing.pids)) == 3 and os.getpid() not in sharing.pids
        assert sharing.totals.slow_opened == sharing.totals.connections_opened == 12
        server.catch_up()
        assert len(server.connections) == 12
        assert sharing.children.target == 12

    def test_fewer_are_held_when_fewer_are_wanted(self, sharing, server):
        sharing.children.hold(SlowHeads(99), 12)
        sharing.until_held(12)
        sharing.children.hold(SlowHeads(99), 3)
        sharing.until_held(3)
        drive(sharing.loop, lambda: server.gone == 9)
        assert sharing.totals.slow_closed == 0

    def test_they_come_from_addresses_of_their_own(self, sharing, server):
        sharing.children.hold(SlowHeads(99), 12)
        sharing.until_held(12)
        server.catch_up()
        peers = {
            connection.transport.get_extra_info("peername")[0]
            for connection in server.connections
        }
        assert peers == {"127.0.0.2", "127.0.0.3", "127.0.0.4"}

    def test_their_processor_time_is_told(self, sharing):
        sharing.children.hold(SlowHeads(99), 5)
        sharing.until_held(5)
        assert 0 < sharing.children.cpu_s < 5

    def test_the_end_leaves_no_process_and_no_connection(self, sharing, server):
        sharing.children.hold(SlowHeads(99), 12)
        sharing.until_held(12)
        pids = sharing.pids
        sharing.children.finish()
        assert not [pid for pid in pids if os.path.exists(f"/proc/{pid}")]
        drive(sharing.loop, lambda: server.gone == 12)

    def test_no_child_is_made_for_nothing(self, sharing):
        sharing.children.hold(None, 0)
        assert sharing.pids == []


class TestFaults:
    def test_one_that_dies_is_a_fault_of_ours(self, sharing):
        sharing.children.hold(SlowHeads(99), 5)
        sharing.until_held(5)
        os.kill(sharing.pids[0], signal.SIGKILL)
        with pytest.raises(BenchFault, match="ended by itself"):
            drive(sharing.loop, lambda: False)

    def test_what_it_runs_out_of_is_told_by_the_parent(self, sharing, monkeypatch):
        def refuse(number: int) -> None:
            raise BenchFault("No files left", reason=Reason.HOST_LIMIT)

        monkeypatch.setattr(held_connections, "allow_connections", refuse)
        sharing.children.hold(SlowHeads(99), 5)
        with pytest.raises(BenchFault, match="No files left") as caught:
            drive(sharing.loop, lambda: False)
        assert caught.value.reason == Reason.HOST_LIMIT

    def test_more_than_the_children_may_hold_is_refused_at_once(self, sharing):
        with pytest.raises(BenchFault, match="more than 8 processes"):
            sharing.children.hold(SlowHeads(99), 41)
        assert sharing.pids == []

    def test_they_end_with_whoever_made_them(self, server):
        reader, writer = os.pipe()
        maker = os.fork()
        if not maker:
            sharing = Sharing(server)
            sharing.children.hold(SlowHeads(99), 5)
            os.write(writer, str(sharing.pids[0]).encode())
            os.kill(os.getpid(), signal.SIGKILL)
        child = int(os.read(reader, 20))
        os.waitpid(maker, 0)
        until_s = time.monotonic() + fakes.PATIENCE_S
        while _runs(child):
            assert time.monotonic() < until_s, "The child is still there"
            time.sleep(0.01)
        os.close(reader)
        os.close(writer)


def _runs(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
