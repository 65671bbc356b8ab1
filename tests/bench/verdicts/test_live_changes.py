"""A run that a command changed says so, truly, and proves nothing."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from labs.bench.contracts.scenario import Judgement
from labs.bench.verdicts import live_changes
from labs.plugins import registry

RECORDINGS = Path(__file__).resolve().parents[2] / "recordings"


def recorded(name: str) -> dict[str, Any]:
    lines = (RECORDINGS / f"{name}.jsonl").read_text().splitlines()
    return json.loads(lines[-1])["result"]


def changed(name: str, at: int, *, connections: int) -> dict[str, Any]:
    """A recorded result, as if a command had changed its phase in the middle."""
    result = recorded(name)
    first = result["phases"][at]
    second = copy.deepcopy(first)
    middle_s = (first["start_s"] + first["end_s"]) / 2
    first["end_s"] = second["start_s"] = middle_s
    second["load"]["connections"] = connections
    result["phases"].insert(at + 1, second)
    told(result, middle_s, "set", {"connections": connections})
    return result


def told(
    result: dict[str, Any],
    t_s: float,
    command: str,
    values: dict[str, Any],
    **more: Any,
) -> None:
    event = {"type": "command", "t_s": t_s, "command": command, "values": values}
    result["events"].append(event | more)


def judge(result: dict[str, Any]) -> Judgement:
    scenario = registry.scenarios()[result["scenario"]["slug"]]
    return live_changes.judge(scenario, result)


@pytest.fixture
def slow() -> dict[str, Any]:
    return recorded("apache-prefork-slowloris")


class TestChangedNumbers:
    def test_the_sentence_names_them_all(self):
        result = changed("apache-prefork-wait-handler", 1, connections=64)
        judged = judge(result)
        assert judged.verdict == "inconclusive"
        assert judged.sentence.startswith(
            "It was changed while it ran (64 connections from 5.1 s to 8.1 s), so it "
            "proves nothing; while 16, then 64 clients had handlers wait"
        )

    def test_a_rate_is_that_of_the_clients_who_had_it(self):
        result = changed("nginx-throughput", 1, connections=7)
        assert "requests/s for 7 clients: half" in judge(result).sentence

    def test_a_step_that_a_command_made_is_one_of_those_tried(self):
        result = changed("apache-prefork-slowloris", 3, connections=11)
        before = live_changes.judge(
            registry.scenarios()["slowloris"], recorded("apache-prefork-slowloris")
        )
        expected = {
            finding.slug: finding.expected
            for judged in (before, judge(result))
            for finding in judged.findings
        }
        result["summary"]["worker_slots"] = 9
        found = {f.slug: f for f in judge(result).findings}
        assert expected["denied_at"] == 8 and found["denied_at"].expected == 11

    def test_a_judge_that_reads_its_settings_says_nothing_of_what_was_seen(self):
        result = changed("apache-prefork-capacity", 2, connections=64)
        judged = judge(result)
        assert judged.findings == () and judged.sentence.endswith("proves nothing")


class TestKills:
    def test_what_followed_is_not_the_load_s_doing(self, slow):
        told(slow, 4.25, "kill", {"target": "worker"}, done=True, refused="")
        judged = judge(slow)
        assert (judged.verdict, judged.sentence) == (
            "inconclusive",
            "It was changed while it ran (a worker killed at 4.2 s), so it proves "
            "nothing",
        )


class TestUnchanged:
    @pytest.mark.parametrize(
        "command, values, more",
        [
            ("set", {"connections": 64}, {"done": False, "refused": "No room"}),
            ("kill", {"target": "server"}, {"done": False, "refused": "Gone"}),
            ("stop", {}, {}),
        ],
    )
    def test_what_was_refused_changes_nothing(self, slow, command, values, more):
        sentence = slow["sentence"]
        told(slow, 4.0, command, values, **more)
        assert live_changes.changes(slow) == ""
        assert judge(slow).sentence == sentence

    @pytest.mark.parametrize(
        "path", sorted(RECORDINGS.glob("*.jsonl")), ids=lambda p: p.stem
    )
    def test_a_run_without_commands_is_judged_by_its_scenario_alone(self, path):
        result = recorded(path.stem)
        judged = judge(result)
        assert (str(judged.verdict), judged.sentence) == (
            result["verdict"],
            result["sentence"],
        )
