"""What is done to a server in the middle of a run: killed, reloaded, begun anew, and
told from upstream. Real sandbox, a double whose two processes serve.
"""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

CHECKOUT = Path(__file__).resolve().parents[3]
BUSY_MACHINE = {"cores_not_contended", "ticks_on_time"}  # checks of it, not of the run
SCHEMA = json.loads((CHECKOUT / "docs/result.schema.json").read_text())
PROGRAM = """
import resource
import sys
from labs.bench.contracts import events
from labs.bench.contracts.events import Status
from labs.bench.contracts.loads import ClosedLoop, OpenLoop, SlowHeads
from labs.bench.run.execute import run
from labs.bench.sandbox.netns import enter_private_network
from labs.bench.contracts.scenario import Kill, Phase, Plan, ProbePlan, Reload
from tests.bench import doubles

def phase(name, load=None, s=1.0, **more):
    return Phase(name, Status.MEASURING, s, load, "It goes on", **more)

CLIENTS = ClosedLoop(2, think_s=0.02, timeout_s=1.0)
ONE = ClosedLoop(1, think_s=0.02, timeout_s=1.0)
enter_private_network()
plan = eval(sys.argv[2])
driver = getattr(doubles, sys.argv[1])()
for event in run(doubles.resolved(driver, doubles.Scripted(plan)), 0, version="1.0"):
    sys.stdout.buffer.write(events.encode(event))
    sys.stdout.buffer.flush()
"""

pytestmark = [pytest.mark.sandbox, pytest.mark.alone]


@pytest.fixture
def start():
    """Start a run of a plan (Python); its stdin stays open until the test is over."""
    started = []

    def start(plan: str, double: str = "PairServer") -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, double, plan],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=CHECKOUT,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def finish(process: subprocess.Popen) -> dict:
    """Read to the end; return the result, which must be valid by its schema."""
    last = [json.loads(line) for line in process.stdout][-1]
    assert last["status"] == "finished", last["message"]
    jsonschema.validate(last["result"], SCHEMA)
    return last["result"]


def said(result: dict) -> list[str]:
    return [event["text"] for event in result["events"] if event["type"] == "log"]


def facts(result: dict, kind: str) -> list[dict]:
    return [event for event in result["events"] if event["type"] == kind]


def tell(process: subprocess.Popen, *, after: str, command: dict) -> None:
    """Send a command once a phase of that name has begun, or such a line was logged."""
    for line in process.stdout:
        event = json.loads(line)
        if after in (event.get("phase"), event.get("text")):
            break
    process.stdin.write(json.dumps(command).encode() + b"\n")
    process.stdin.flush()


class TestKill:
    def test_a_worker_takes_its_connections_along_and_no_others(self, start):
        result = finish(
            start(
                'Plan((phase("before", CLIENTS), phase("killed", CLIENTS, 1.5, '
                "action=Kill())))"
            )
        )
        assert said(result).count("one is gone") == 1
        (action,) = facts(result, "action")
        assert (action["action"], action["target"]) == ("kill", "worker")
        assert action["pid"] > 1 and action["done"] is True
        old = result["series"]["server_processes_old"]
        assert (old[0], old[-1]) == (None, 2)  # of a parent and two
        assert result["summary"]["connections_lost"] == 1
        before, killed = (phase["counted"] for phase in result["phases"])
        assert before["errors"] == 0 < before["ok"]
        assert killed["errors"] <= 1  # none if its client was pausing
        assert killed["ok"] > 0

    def test_the_server_s_own_end_is_no_fault_and_clients_are_refused(self, start):
        plan = (
            'Plan((phase("before", ONE), phase("killed", ONE, '
            'action=Kill("server"))), ProbePlan(0.1, 0.5))'
        )
        result = finish(start(plan))
        killed = result["phases"][1]
        assert killed["action"] == {"type": "kill", "target": "server"}
        assert killed["counted"]["outcomes"]["refused"] > 0
        probes = [e["outcome"] for e in facts(result, "probe")]
        assert probes[0] == "ok" and probes[-1] == "refused"
        assert [e["state"] for e in facts(result, "server")] == ["gone"]


class TestReload:
    def test_it_is_the_driver_s_signal(self, start):
        plan = 'Plan((phase("load", CLIENTS), phase("new", CLIENTS, action=Reload())))'
        result = finish(start(plan))
        assert "begins anew" in said(result)
        (action,) = facts(result, "action")
        assert (action["action"], action["done"]) == ("reload", True)
        assert result["phases"][1]["action"] == {"type": "reload"}
        assert result["summary"]["connections_lost"] == 0


class TestRestart:
    def test_a_phase_has_the_settings_it_names_and_the_next_one_those_asked_for(
        self, start
    ):
        plan = (
            'Plan((phase("a", CLIENTS, knobs={"backlog": 5}), '
            'phase("b", CLIENTS), phase("c", CLIENTS)))'
        )
        result = finish(start(plan))
        rooms = [text for text in said(result) if text.startswith("room for")]
        assert rooms == ["room for 5", "room for 16"]
        assert result["server"]["knobs"] == {"backlog": 16}
        assert [phase["knobs"] for phase in result["phases"]] == [
            {"backlog": 5},
            {},
            {},
        ]
        assert [e["state"] for e in facts(result, "server")] == ["restarting", "ready"]
        assert all(p["counted"]["errors"] == 0 for p in result["phases"])
        ends = [(p["start_s"], p["end_s"]) for p in result["phases"]]
        assert ends[1][0] > ends[0][1]  # what it took belongs to no phase


class TestServerThatEnds:
    SLOW = 'phase("attack", SlowHeads(2), 3.0'

    def test_a_later_part_of_the_plan_starts_it_anew(self, start):
        first = f'phase("before"), {self.SLOW}), phase("after")'
        knobs = 'knobs={"backlog": 5}'
        second = f'phase("before2", {knobs}), {self.SLOW}, {knobs})'
        plan = f"Plan(({first}, {second}), ProbePlan(0.2, 1.0), may_end=True)"
        result = finish(start(plan, "ImpatientServer"))
        names = [phase["name"] for phase in result["phases"]]
        assert names == ["before", "attack", "before2", "attack"]
        told = [e["state"] for e in facts(result, "server")]
        assert told == ["gone", "restarting", "ready", "gone"]

    def test_where_requests_are_counted_the_phase_ends_with_it(self, start):
        plan = 'Plan((phase("kept", ONE, 5.0), phase("more", ONE)), may_end=True)'
        result = finish(start(plan, "DyingServer"))
        (phase,) = result["phases"]
        assert phase["end_s"] - phase["start_s"] < 4
        assert phase["counted"]["ok"] > 0

    def test_a_plan_that_does_not_expect_it_has_failed(self, start):
        plan = f'Plan((phase("before"), {self.SLOW})), ProbePlan(0.2, 1.0))'
        last = [json.loads(line) for line in start(plan, "ImpatientServer").stdout][-1]
        assert (last["status"], last["reason"]) == ("failed", "server_exited")


class TestCommands:
    def test_another_number_of_clients_is_counted_apart(self, start):
        process = start('Plan((phase("load", ClosedLoop(1, think_s=0.02), 2.0),))')
        tell(process, after="load", command={"command": "set", "connections": 2})
        result = finish(process)
        loads = [phase["load"]["connections"] for phase in result["phases"]]
        assert loads == [1, 2]
        (command,) = facts(result, "command")
        assert command["values"] == {"connections": 2} and command["done"] is True
        assert result["phases"][1]["sentence"] == "Changed to 2 connections"
        told = [e["sentence"] for e in facts(result, "status")]
        assert "Changed to 2 connections" in told
        assert result["verdict"] == "inconclusive"
        assert result["sentence"].startswith(
            "It was changed while it ran (2 connections from "
        )
        failed = {c["slug"] for c in result["trust"]["checks"] if not c["holds"]}
        assert failed <= BUSY_MACHINE, result["trust"]

    def test_another_rate_is_offered_from_then_on(self, start):
        process = start('Plan((phase("load", OpenLoop(10.0, connections=2), 2.0),))')
        tell(process, after="load", command={"command": "set", "rate_per_s": 50})
        result = finish(process)
        assert [p["load"]["rate_per_s"] for p in result["phases"]] == [10.0, 50]
        assert result["phases"][-1]["counted"]["attempts"] > 50

    def test_a_kill_from_upstream_is_told_like_any_other(self, start):
        process = start('Plan((phase("load", CLIENTS, 2.0),))')
        tell(process, after="load", command={"command": "kill", "target": "worker"})
        result = finish(process)
        assert [e["command"] for e in facts(result, "command")] == ["kill"]
        assert len(facts(result, "action")) == 1

    def test_a_number_that_the_load_does_not_have_is_refused_in_words(self, start):
        process = start('Plan((phase("load", CLIENTS, 1.0),))')
        tell(process, after="load", command={"command": "set", "rate_per_s": 50})
        result = finish(process)
        (command,) = facts(result, "command")
        assert command["refused"] == "There is nothing to set at present"
        assert f"Nothing was changed. {command['refused']}" in said(result)
        assert len(result["phases"]) == 1

    def test_what_the_host_cannot_hold_is_refused_and_the_run_goes_on(self, start):
        limit = "resource.setrlimit(resource.RLIMIT_NOFILE, (5000, 5000))"
        process = start(f'{limit} or Plan((phase("load", CLIENTS, 2.0),))')
        tell(process, after="load", command={"command": "set", "connections": 50_000})
        result = finish(process)
        (command,) = facts(result, "command")
        assert command["done"] is False
        assert command["refused"].startswith("50,000 clients need")
        assert [p["load"]["connections"] for p in result["phases"]] == [2]
        assert result["phases"][0]["counted"]["errors"] == 0
        assert "changed" not in result["sentence"]

    def test_a_kill_with_nobody_left_changes_nothing(self, start):
        process = start('Plan((phase("load", ONE, action=Kill("server")),))')
        kill = {"command": "kill", "target": "server"}
        tell(process, after="The server is gone", command=kill)
        result = finish(process)
        (command,) = facts(result, "command")
        assert command["refused"] == "There was no process to kill"


class TestSlowClient:
    def test_its_request_takes_its_time_and_is_answered(self, start):
        plan = (
            'Plan((phase("before", None, 3.0),), ProbePlan(0.5, 1.0), None, '
            "ProbePlan(1.0, 2.0, spread_s=0.5))"
        )
        result = finish(start(plan))
        slow = [e for e in facts(result, "probe") if e.get("client") == "slow"]
        fast = [e for e in facts(result, "probe") if "client" not in e]
        assert {e["outcome"] for e in slow[:-1]} == {"ok"}
        assert min(e["latency_ms"] for e in slow if e["latency_ms"]) >= 450
        assert len(fast) > len(slow)
