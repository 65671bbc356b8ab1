"""One run, whatever happens in it, against doubles in the real sandbox.

A private network is entered once by a process, so each run is a process of its own.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from labs.bench.sandbox import keeper

CHECKOUT = Path(__file__).resolve().parents[3]
SCHEMA = json.loads((CHECKOUT / "docs/result.schema.json").read_text())
SHORT = {"connections": 2, "before_s": 1.0, "hold_s": 1.0, "after_s": 5.0}
PROGRAM = """
import json, sys
from labs.bench.contracts import events
from labs.bench.run import execute
from labs.bench.run.schedule import longest_s
from labs.bench.sandbox.netns import enter_private_network
from labs.scenarios.slowloris import Slowloris
from tests.bench import doubles
name, params = sys.argv[1], json.loads(sys.argv[2])
Slowloris.slug = "slowloris"
enter_private_network()
wall_s = params.pop("wall_s", None)
resolved = doubles.resolved(getattr(doubles, name)(), Slowloris(), **params)
if wall_s is not None:
    plan_s = longest_s(Slowloris().plan(resolved.params))
    execute.GRACE_S = wall_s - plan_s - execute.READY_S
for event in execute.run(resolved, 0, version="1.0"):
    sys.stdout.buffer.write(events.encode(event))
    sys.stdout.buffer.flush()
"""

pytestmark = [pytest.mark.sandbox, pytest.mark.alone]


@pytest.fixture
def start():
    """Start a run against a double; its stdin stays open until the test is over."""
    started = []

    def start(name: str, **params) -> subprocess.Popen:
        arguments = [sys.executable, "-c", PROGRAM, name, json.dumps(SHORT | params)]
        process = subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=CHECKOUT
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def events_of(process: subprocess.Popen) -> list[dict]:
    return [json.loads(line) for line in process.stdout]


def wait_for(process: subprocess.Popen, kind: str, **wanted) -> dict:
    for line in process.stdout:
        event = json.loads(line)
        if event["type"] == kind and wanted.items() <= event.items():
            return event
    raise AssertionError(f"No {kind} with {wanted} came")


def texts(events: list[dict]) -> list[str]:
    return [event["text"] for event in events if event["type"] == "log"]


class TestRun:
    def test_a_whole_run_is_told_in_order_and_judged(self, start):
        events = events_of(start("OneAtATimeServer"))
        result = events[-1]["result"]
        jsonschema.validate(result, SCHEMA, cls=jsonschema.Draft202012Validator)
        assert [e["phase"] for e in events if e["type"] == "status"] == [
            "start",
            "before",
            "attack",
            "after",
            "drain",
        ]
        assert [e["type"] for e in events].count("finished") == 1
        assert result["verdict"] == "denied", result["sentence"]
        assert result["summary"]["denied_at_connections"] == 1
        assert result["summary"]["workers_busy_max"] == 1
        assert result["summary"]["recovered_after_s"] is not None
        assert "listening" in texts(events)

    def test_ticks_keep_to_their_grid(self, start):
        process = start("OneAtATimeServer")
        ticks = [e for e in events_of(process) if e["type"] == "tick"]
        offsets = [tick["t_s"] % 0.2 for tick in ticks]
        assert sorted(offsets)[len(offsets) // 2] < 0.1
        assert all(set(t["values"]) == set(ticks[0]["values"]) for t in ticks)


class TestServerFaults:
    def test_one_that_exits_at_once_leaves_its_last_words(self, start):
        began_s = time.monotonic()
        events = events_of(start("CrashingServer"))
        assert time.monotonic() - began_s < 5
        last = events[-1]
        assert (last["status"], last["reason"]) == ("failed", "server_exited")
        assert "no such directive: frobnicate" in last["message"]
        assert last["result"] is None
        assert "line 29" in texts(events)

    def test_one_that_never_listens_is_given_ten_seconds(self, start):
        last = events_of(start("NeverReadyServer"))[-1]
        assert (last["status"], last["reason"]) == ("failed", "server_not_ready")
        assert 9 <= last["t_s"] <= 12

    def test_one_that_dies_keeps_what_was_measured(self, start):
        events = events_of(start("DyingServer", before_s=10.0))
        last = events[-1]
        assert (last["status"], last["reason"]) == ("failed", "server_exited")
        assert "exit code 7" in last["message"]
        jsonschema.validate(last["result"], SCHEMA)
        assert last["result"]["verdict"] is None
        ticks = [event for event in events if event["type"] == "tick"]
        assert len(last["result"]["series"]["t_s"]) == len(ticks) >= 4

    def test_one_that_shouts_is_bounded_and_made_harmless(self, start):
        events = events_of(start("ShoutingServer"))
        lines = [e["text"] for e in events if e["type"] == "log"]
        assert sum(len(line.encode()) for line in lines) < 2 * 1024 * 1024
        assert max(len(line) for line in lines) < 8 * 1024 + 10
        assert any("1 MiB was kept" in line for line in lines)
        assert not any("\x1b" in line or "\x00" in line for line in lines)
        assert events[-1]["status"] == "finished"


class TestServerThatEndsUnderAttack:
    def gone(self, events: list[dict]) -> dict:
        told = (e for e in events[-1]["result"]["events"] if e["type"] == "server")
        (event,) = (event for event in told if event["state"] == "gone")
        return event

    def test_by_itself_it_is_denied_and_its_last_words_are_kept(self, start):
        events = events_of(start("ImpatientServer"))
        result = events[-1]["result"]
        jsonschema.validate(result, SCHEMA, cls=jsonschema.Draft202012Validator)
        assert (events[-1]["status"], result["verdict"]) == ("finished", "denied")
        assert self.gone(events)["reason"] == "server_exited"
        assert "With 1 slow connection the server was gone" in result["sentence"]
        assert "with exit code 1" in result["sentence"]
        assert any("TimeoutError" in text for text in texts(events))
        assert result["summary"]["denied_at_connections"] == 1
        phases = [phase["name"] for phase in result["phases"]]
        assert phases == ["before", "attack"]  # there is nothing to wait for

    def test_honest_clients_are_seen_to_be_refused(self, start):
        result = events_of(start("ImpatientServer"))[-1]["result"]
        probes = [e for e in result["events"] if e["type"] == "probe"]
        assert probes[0]["outcome"] == "ok"
        assert [p["outcome"] for p in probes[-4:-1]] == ["refused"] * 3

    def test_but_one_that_somebody_else_killed_has_failed(self, start):
        last = events_of(start("StruckServer"))[-1]
        assert (last["status"], last["reason"]) == ("failed", "server_exited")
        assert "by signal 9" in last["message"]
        assert last["result"]["verdict"] is None

    def test_by_its_memory_limit_too(self, start):
        events = events_of(start("GreedyServer"))
        result = events[-1]["result"]
        if result["environment"]["sandbox"]["level"] != "strict":
            pytest.skip("Without control groups nothing limits a server's memory")
        assert result["verdict"] == "denied", result["sentence"]
        assert self.gone(events)["reason"] == "server_memory"
        assert result["sentence"].endswith("more memory than its sandbox has (512 MiB)")
        assert result["summary"]["denied_at_connections"] == 2
        (found,) = (f for f in result["findings"] if f["slug"] == "ended_at")
        assert (found["measured"], found["holds"]) == (2, False)

    def test_a_process_that_it_can_do_without_is_told_and_no_end_of_it(self, start):
        events = events_of(start("GreedyChildServer"))
        result = events[-1]["result"]
        if result["environment"]["sandbox"]["level"] != "strict":
            pytest.skip("Without control groups nothing limits a server's memory")
        jsonschema.validate(result, SCHEMA, cls=jsonschema.Draft202012Validator)
        told = [e for e in result["events"] if e["type"] == "server"]
        if told[0]["state"] == "gone":
            pytest.skip("Version 2 of control groups ends all of a sandbox together")
        assert {event["state"] for event in told} == {"out_of_memory"}
        number = sum(event["processes"] for event in told)
        assert f"{number} process" in result["sentence"]
        assert "more memory than its sandbox has (512 MiB)" in result["sentence"]
        assert any("more memory than the sandbox has" in text for text in texts(events))


class TestWallTime:
    def test_a_run_that_outlives_its_plan_is_ended(self, start):
        last = events_of(start("OneAtATimeServer", before_s=20.0, wall_s=1.0))[-1]
        assert (last["status"], last["reason"]) == ("failed", "wall_time")
        assert 1 <= last["t_s"] < 2
        jsonschema.validate(last["result"], SCHEMA)


class TestStop:
    def test_the_command_cancels_and_keeps_what_was_measured(self, start):
        process = start("OneAtATimeServer", before_s=20.0)
        wait_for(process, "tick")
        process.stdin.write(b'{"command":"stop"}\n')
        process.stdin.flush()
        asked_s = time.monotonic()
        last = wait_for(process, "finished")
        assert time.monotonic() - asked_s < 2
        assert (last["status"], last["reason"]) == ("cancelled", "stopped")
        jsonschema.validate(last["result"], SCHEMA)
        commands = [e for e in last["result"]["events"] if e["type"] == "command"]
        assert [c["command"] for c in commands] == ["stop"]

    def test_it_can_be_stopped_while_the_server_starts(self, start):
        process = start("NeverReadyServer")
        wait_for(process, "status", phase="start")
        process.stdin.close()
        last = wait_for(process, "finished")
        assert last["status"] == "cancelled"
        assert last["message"] == "Whoever started the run is gone"

    def test_nothing_of_the_server_is_left(self, start):
        process = start("OneAtATimeServer", before_s=20.0)
        wait_for(process, "tick")
        inside = keeper.descendants(process.pid)
        assert len(inside) >= 2
        process.stdin.write(b'{"command":"stop"}\n')
        process.stdin.flush()
        wait_for(process, "finished")
        assert not [pid for pid in inside if keeper.lives(pid)]
