"""`lab run --at`: commands given beforehand, and when the runner is told them."""

import json

import pytest
from django.core.management import call_command

from labs.bench.contracts.errors import SpecError
from labs.cli import timed_commands
from labs.cli.timed_commands import CommandSchedule, TimedCommand


class TestWords:
    @pytest.mark.parametrize(
        "word, at_s, command",
        [
            ("5:set connections=64", 5.0, {"command": "set", "connections": 64}),
            ("0:set rate_per_s=0.5", 0.0, {"command": "set", "rate_per_s": 0.5}),
            ("8.5:kill worker", 8.5, {"command": "kill", "target": "worker"}),
            ("9: kill  server ", 9.0, {"command": "kill", "target": "server"}),
            ("10:stop", 10.0, {"command": "stop"}),
        ],
    )
    def test_they_become_commands_of_the_runner(self, word, at_s, command):
        (found,) = timed_commands.parse([word])
        assert found.at_s == at_s and json.loads(found.line) == command

    def test_they_are_put_in_order(self):
        found = timed_commands.parse(["9:stop", "2:kill worker", "5:kill server"])
        assert [each.at_s for each in found] == [2.0, 5.0, 9.0]

    @pytest.mark.parametrize(
        "word",
        [
            "",
            "5",
            "kill worker",
            "5:",
            "5:kill",
            "5:kill everybody",
            "5:set",
            "5:set connections",
            "5:set connections=0",
            "5:set connections=50001",
            "5:set connections=2.5",
            "5:set port=80",
            "5:set connections=2 rate_per_s=3",
            "-1:stop",
            "nan:stop",
            "inf:stop",
            "5:stop now",
        ],
    )
    def test_what_is_none_is_refused_with_what_would_be_one(self, word):
        with pytest.raises(SpecError, match="--at must be SECONDS:set connections=1"):
            timed_commands.parse([word])


class TestClock:
    def test_each_is_given_once_and_not_before_its_time(self):
        given = []
        schedule = CommandSchedule(
            [TimedCommand(0.3, "a"), TimedCommand(0.4, "b"), TimedCommand(9.0, "c")],
            given.append,
        )
        schedule.on_event({"t_s": 0.2})
        assert given == []
        schedule.on_event({"t_s": 0.5})
        schedule.on_event({"t_s": 0.6})
        assert given == ["a", "b"]


class TestCommand:
    @pytest.mark.parametrize(
        "words, sentence",
        [
            (["--at", "5:dance"], "--at must be SECONDS:set"),
            (["--at", "5:stop", "--repeat", "2"], "--at is for a single run"),
        ],
    )
    def test_bad_ones_are_2_and_start_nothing(self, told, capsys, words, sentence):
        told("silent")
        with pytest.raises(SystemExit, match="2"):
            call_command("lab", "run", "nginx", "throughput", *words)
        assert sentence in capsys.readouterr().err

    def test_the_runner_is_told(self, told, tmp_path):
        told("tells_what_it_heard")
        path = tmp_path / "x.json"
        with pytest.raises(SystemExit, match="3"):
            call_command(
                "lab",
                "run",
                "nginx",
                "throughput",
                "--at=1:kill worker",
                "--at=0.5:set connections=9",
                f"--json={path}",
            )
        assert json.loads(path.read_text())["sentence"] == (
            '{"command": "set", "connections": 9}, '
            '{"command": "kill", "target": "worker"}'
        )
