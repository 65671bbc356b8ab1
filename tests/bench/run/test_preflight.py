"""What a host cannot hold is said before anything starts."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from labs.bench.contracts.errors import BenchFault, Reason
from labs.bench.contracts.events import Status
from labs.bench.contracts.loads import ClosedLoop, Load, SlowHeads, SlowReads
from labs.bench.contracts.needs import Needs
from labs.bench.contracts.scenario import Phase, Plan
from labs.bench.run import preflight
from labs.bench.run.preflight import HostLimits

ROOMY = HostLimits(
    files_each=100_000,
    files_left=1_000_000,
    ports_each=64_000,
    memory_left_bytes=8 * 2**30,
)


def plan(*loads: Load | None) -> Plan:
    return Plan(tuple(Phase("load", Status.MEASURING, 1.0, load) for load in loads))


def server(open_files: int = 1024) -> SimpleNamespace:
    return SimpleNamespace(name="Pool", needs=lambda knobs: Needs(open_files))


def refusals(plan: Plan, host: HostLimits = ROOMY, driver=None) -> tuple[str, ...]:
    return preflight.refusals(plan, driver or server(), None, host)


class TestRefusals:
    def test_a_roomy_host_takes_it_all(self):
        assert refusals(plan(None, ClosedLoop(1000), SlowHeads(50_000))) == ()

    def test_the_largest_phase_decides(self):
        host = replace(ROOMY, files_each=500)
        assert refusals(plan(ClosedLoop(10), ClosedLoop(400)), host, server(1)) == ()
        (sentence,) = refusals(plan(ClosedLoop(1000), ClosedLoop(10)), host, server(1))
        assert sentence == (
            "1,000 clients need 1,064 open files, and this host allows 500 to a process"
        )

    def test_held_connections_are_shared_among_processes(self):
        host = replace(ROOMY, files_each=20_000)
        assert refusals(plan(SlowHeads(50_000)), host) == ()
        (sentence,) = refusals(plan(SlowHeads(200_000)), host)
        assert "more than 8 processes" in sentence

    def test_of_which_each_holds_what_its_files_allow(self):
        host = replace(ROOMY, files_each=4096)
        assert refusals(plan(SlowHeads(30_000)), host, server(1)) == ()
        (sentence,) = refusals(plan(SlowHeads(40_000)), host, server(1))
        assert "more than 8 processes" in sentence

    def test_files_of_the_machine_are_of_both_ends(self):
        host = replace(ROOMY, files_left=15_000)
        (sentence,) = refusals(plan(SlowHeads(10_000)), host)
        assert "10,000 connections need 20,000 open files" in sentence

    def test_ports_of_one_address_are_counted(self):
        host = replace(ROOMY, ports_each=5000)
        (sentence,) = refusals(plan(SlowHeads(10_000)), host)
        assert "local ports" in sentence and sentence.endswith("5,000")

    def test_memory_is_of_all_of_them(self):
        host = replace(ROOMY, memory_left_bytes=300 * 2**20)
        (sentence,) = refusals(plan(SlowHeads(50_000)), host)
        assert "MiB of memory" in sentence

    def test_answers_that_nobody_reads_are_kept_by_the_kernel(self):
        host = replace(ROOMY, memory_left_bytes=2 * 2**30)
        assert refusals(plan(SlowReads(5000, answer_bytes=10_000)), host) == ()
        (sentence,) = refusals(plan(SlowReads(5000, answer_bytes=4_000_000)), host)
        assert sentence.startswith("5,000 connections need about 8,391 MiB of memory")

    def test_the_server_has_needs_of_its_own(self):
        host = replace(ROOMY, files_each=20_000)
        (sentence,) = refusals(plan(None), host, server(30_000))
        assert sentence.startswith("Pool needs 30,000 open files")

    def test_everything_that_is_wrong_is_said(self):
        host = HostLimits(100, 100, 100, 2**20)
        assert len(refusals(plan(ClosedLoop(1000)), host)) == 5


class TestRefuse:
    def test_it_is_a_limit_of_the_host_and_no_verdict(self):
        host = replace(ROOMY, files_each=500)
        with pytest.raises(BenchFault, match="1,000 clients need") as caught:
            preflight.refuse(plan(ClosedLoop(1000)), server(1), None, host)
        assert caught.value.reason is Reason.HOST_LIMIT

    def test_this_host_can_do_the_least(self):
        preflight.refuse(plan(ClosedLoop(1)), server(1), None, HostLimits.read())
