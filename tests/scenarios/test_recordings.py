"""Real runs, recorded: the judge says again what it said, and the laws hold.

Each file of tests/recordings is what `python -m labs.runner` printed. Record one with
`python -m labs.runner < spec.json > tests/recordings/<server>-<scenario>.jsonl`.
"""

import functools
import json
from pathlib import Path

import pytest

from labs.bench.result.document import with_judgement
from labs.plugins import registry
from tests import schemas

ROOT = Path(__file__).resolve().parents[2]
RECORDINGS = sorted((ROOT / "tests/recordings").glob("*.jsonl"))
EXPECTED = {
    "single-thread-slowloris": ("denied", 1),
    "apache-prefork-slowloris": ("denied", 8),
    "apache-worker-slowloris": ("denied", 64),
    "nginx-slowloris": ("holds", None),
}


@functools.cache
def load(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture(params=RECORDINGS, ids=lambda path: path.stem)
def recording(request) -> Path:
    return request.param


class TestRecordings:
    def test_there_is_one_for_each_verdict_that_is_promised(self):
        assert {path.stem for path in RECORDINGS} >= EXPECTED.keys()

    def test_the_result_is_valid_by_its_schema(self, recording):
        result = load(recording)[-1]["result"]
        schemas.check(result, "result")

    def test_judging_again_gives_the_same(self, recording):
        result = load(recording)[-1]["result"]
        scenario = registry.scenarios()[result["scenario"]["slug"]]
        unjudged = result | {"verdict": None, "sentence": "", "findings": []}
        judged = with_judgement(unjudged, scenario.judge(unjudged))
        assert json.loads(json.dumps(judged)) == result

    def test_finished_comes_once_and_last(self, recording):
        types = [event["type"] for event in load(recording)]
        assert types.count("finished") == 1 and types[-1] == "finished"

    def test_time_never_runs_backwards(self, recording):
        times = [event["t_s"] for event in load(recording)]
        assert times == sorted(times)

    def test_the_series_are_the_ticks(self, recording):
        *events, last = load(recording)
        ticks = [event for event in events if event["type"] == "tick"]
        series = last["result"]["series"]
        assert series["t_s"] == [tick["t_s"] for tick in ticks]
        for name, column in series.items():
            if name != "t_s":
                assert column == [tick["values"][name] for tick in ticks]

    def test_nothing_in_it_tells_where_it_was_made(self, recording):
        text = recording.read_text()
        assert not any(word in text for word in ("/root", "/home", "/work"))


class TestPromises:
    @pytest.mark.parametrize("name, expected", EXPECTED.items(), ids=EXPECTED)
    def test_slowloris(self, name, expected):
        path = ROOT / f"tests/recordings/{name}.jsonl"
        result = load(path)[-1]["result"]
        found = (result["verdict"], result["summary"]["denied_at_connections"])
        assert found == expected

    def test_the_line_of_held_workers_reaches_the_pool(self):
        path = ROOT / "tests/recordings/apache-worker-slowloris.jsonl"
        result = load(path)[-1]["result"]
        assert result["summary"]["workers_busy_max"] == 64
        board = next(
            event["board"]
            for event in reversed(load(path))
            if event["type"] == "tick" and event["values"]["workers_busy"] == 64
        )
        children = [cell for cell in board if cell["waiting_in"].get("poll")]
        assert [cell["waiting_in"]["poll"] for cell in children] == [32, 32]


class TestActions:
    def found(self, name: str) -> tuple[str, dict]:
        result = load(ROOT / f"tests/recordings/{name}.jsonl")[-1]["result"]
        return result["verdict"], {f["slug"]: f for f in result["findings"]}

    def test_a_crash_costs_a_pool_of_processes_one_connection(self):
        verdict, findings = self.found("apache-prefork-worker-crash")
        lost = findings["connections_lost"]
        assert verdict == "holds"
        assert (lost["measured"], lost["expected"]) == (1, "at most 1")
        assert findings["replaced"]["measured"] == 9

    def test_a_graceful_restart_costs_connections_and_no_request(self):
        verdict, findings = self.found("nginx-reload")
        assert verdict == "holds"
        assert findings["requests_lost"]["measured"] == 0
        assert findings["connections_idle_closed"]["measured"] == 6
        assert findings["old_gone_s"]["measured"] <= 1
