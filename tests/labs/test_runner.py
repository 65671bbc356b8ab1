"""The child process, spoken to as the dispatcher speaks to it."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from labs.bench.sandbox import keeper
from labs.bench.sandbox.host_lock import HostLock

CHECKOUT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((CHECKOUT / "docs/result.schema.json").read_text())
LONG = {"server": "nginx", "scenario": "slowloris", "params": {"before_s": 30}}


@pytest.fixture
def runner():
    """Start a runner with these bytes on its stdin, which is then left open."""
    started = []

    def start(spec: bytes | dict) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-m", "labs.runner"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=CHECKOUT,
        )
        started.append(process)
        line = spec if isinstance(spec, bytes) else json.dumps(spec).encode() + b"\n"
        process.stdin.write(line)
        process.stdin.flush()
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            pipe.close()


def events_of(process: subprocess.Popen) -> list[dict]:
    return [json.loads(line) for line in process.stdout]


def first(process: subprocess.Popen, kind: str) -> dict:
    for line in process.stdout:
        event = json.loads(line)
        if event["type"] == kind:
            return event
    raise AssertionError(f"No {kind} came: {process.stderr.read()}")


class TestBadSpecs:
    @pytest.mark.parametrize(
        "spec, said",
        [
            (b"\n", "Spec is not JSON"),
            (b"{}\n", "server must be a slug"),
            (b'{"server":"x","scenario":"slowloris"}\n', "Unknown server 'x'"),
            (b'{"server":"nginx","scenario":"x"}\n', "Unknown scenario 'x'"),
            (b'{"server":"nginx","scenario":"slowloris","url":"y"}\n', "Unknown key"),
            (b"[" * 60_000 + b"\n", "Spec is not JSON"),
            (b"x" * 70_000 + b"\n", "Spec must be at most"),
            (
                b'{"server":"nginx","scenario":"slowloris","params":{"step_s":1e9}}\n',
                "step_s must be between",
            ),
        ],
    )
    def test_they_end_in_one_finished_event(self, runner, spec, said):
        process = runner(spec)
        events = events_of(process)
        assert [e["type"] for e in events] == ["finished"]
        assert (events[0]["status"], events[0]["reason"]) == ("failed", "bad_spec")
        assert said in events[0]["message"]
        assert process.wait() == 0


@pytest.mark.server
@pytest.mark.alone
class TestRunner:
    def test_a_signal_stops_it_in_good_order(self, runner):
        process = runner(LONG)
        first(process, "tick")
        process.send_signal(signal.SIGTERM)
        last = events_of(process)[-1]
        assert (last["status"], last["reason"]) == ("cancelled", "stopped")
        assert last["message"] == "A signal ended it"
        assert process.wait() == 0

    def test_the_end_of_its_input_stops_it(self, runner):
        process = runner(LONG)
        first(process, "tick")
        process.stdin.close()
        last = events_of(process)[-1]
        assert (last["type"], last["status"]) == ("finished", "cancelled")
        jsonschema.validate(last["result"], SCHEMA)

    def test_nobody_listening_stops_it(self, runner):
        process = runner(LONG)
        first(process, "tick")
        process.stdout.close()
        assert process.wait(5) == 1
        assert process.stderr.read() == b""

    def test_a_kill_leaves_nothing(self, runner):
        process = runner(LONG)
        first(process, "tick")
        inside = keeper.descendants(process.pid)
        assert len(inside) >= 4
        process.kill()
        process.wait()
        until_s = time.monotonic() + 1
        while any(map(keeper.lives, inside)) and time.monotonic() < until_s:
            time.sleep(0.01)
        assert not [pid for pid in inside if keeper.lives(pid)]

    def test_one_waits_for_another_and_can_be_stopped_then(self, runner):
        with HostLock() as lock:
            _take(lock)
            process = runner(LONG)
            assert "is on this machine; waiting" in first(process, "log")["text"]
            process.stdin.write(b'{"command":"stop"}\n')
            process.stdin.flush()
            last = events_of(process)
        assert [(e["status"], e["reason"]) for e in last] == [("cancelled", "stopped")]

    def test_a_throughput_run_is_valid_and_adds_up(self, runner):
        params = {"connections": 4, "duration_s": 1, "warm_up_s": 0}
        spec = {"server": "apache-worker", "scenario": "throughput", "params": params}
        result = events_of(runner(spec))[-1]["result"]
        jsonschema.validate(result, SCHEMA, cls=jsonschema.Draft202012Validator)
        summary = result["summary"]
        assert summary["ok"] > 0
        assert summary["attempts"] == sum(
            summary[name] for name in ("ok", "errors", "unfinished")
        )
        assert result["verdict"] in ("measured", "inconclusive")

    @pytest.mark.parametrize(
        "server, knobs, denied_at",
        [
            ("single-thread", {}, 1),
            ("apache-prefork", {"processes": 4}, 4),
            ("apache-worker", {"processes": 1, "threads": 4}, 4),
            ("nginx", {}, None),
        ],
    )
    def test_slowloris_denies_a_pool_at_its_size(
        self, runner, server, knobs, denied_at
    ):
        params = {"connections": 8, "before_s": 1, "hold_s": 1}
        spec = {"server": server, "scenario": "slowloris"}
        result = events_of(runner(spec | {"knobs": knobs, "params": params}))[-1][
            "result"
        ]
        jsonschema.validate(result, SCHEMA, cls=jsonschema.Draft202012Validator)
        wanted = "holds" if denied_at is None else "denied"
        assert result["verdict"] == wanted, result["sentence"]
        assert result["summary"]["denied_at_connections"] == denied_at

    def test_readers_that_hardly_read_end_node_by_its_memory_limit(self, runner):
        params = {"connections": 120, "growth": "at_once", "before_s": 1}
        spec = {"server": "node", "scenario": "slow-read", "params": params}
        last = events_of(runner(spec))[-1]
        result = last["result"]
        if result["environment"]["sandbox"]["level"] != "strict":
            pytest.skip("Without control groups nothing limits a server's memory")
        jsonschema.validate(result, SCHEMA, cls=jsonschema.Draft202012Validator)
        assert (last["status"], result["verdict"]) == ("finished", "denied")
        assert "120 slow connections" in result["sentence"]
        # The kernel ends it, or lets it crawl at its limit for longer than the run.
        ended = "Node.js was ended for using more memory than its sandbox has"
        crawls = "Its memory was at its sandbox's limit (512 MiB)"
        assert ended in result["sentence"] or crawls in result["sentence"]
        assert result["summary"]["denied_at_connections"] == 120


def _take(lock: HostLock) -> None:
    while not lock.try_acquire():
        time.sleep(0.05)
