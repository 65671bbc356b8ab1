"""`lab run` from a terminal: what is refused, what is written, and Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from django.core.management import call_command

from labs.bench.sandbox import keeper
from labs.cli import run
from tests.site import CHECKOUT

SCHEMA = json.loads((CHECKOUT / "docs/result.schema.json").read_text())
SHORT = [
    f"--set={name}=1" for name in ("before_s", "hold_s", "connections")
]  # fmt: skip


def lab(data: Path, *words: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(command(*words), **options(data, environment), timeout=120)


def command(*words: str) -> list[str]:
    return [sys.executable, "manage.py", "lab", *words]


def options(data: Path, environment: dict[str, str]) -> dict:
    return {
        "cwd": CHECKOUT,
        "env": os.environ | {"CONCSITE_DATA": str(data)} | environment,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "text": True,
    }


class TestRefusals:
    @pytest.mark.parametrize(
        "words, sentence",
        [
            ("nope slowloris", "Unknown server 'nope'; known: "),
            ("nginx nope", "Unknown scenario 'nope'; known: "),
            (
                "nginx slowloris --knob processes=40",
                "processes must be between 1 and 16, not 40",
            ),
            (
                "nginx slowloris --set connections=many",
                "connections must be a whole number, not 'many'",
            ),
            ("nginx slowloris --set port=80", "Unknown setting 'port'"),
            ("nginx slowloris --set connections", "--set must be NAME=VALUE"),
            ("nginx slowloris --seed -1", "seed must be a whole number"),
            ("nginx slowloris --json /no/such/x", "cannot be written to /no/such/x"),
        ],
    )
    def test_bad_arguments_are_2_and_start_nothing(self, told, capsys, words, sentence):
        told("silent")  # who starts a run all the same gets another exit code
        with pytest.raises(SystemExit, match="2"):
            call_command("lab", "run", *words.split())
        captured = capsys.readouterr()
        assert sentence in captured.err and captured.out == ""

    def test_a_traceback_of_ours_is_5_and_not_what_python_makes_of_it(
        self, monkeypatch, capsys
    ):
        def broken(*words):
            raise ZeroDivisionError("nobody thought of that")

        monkeypatch.setattr(run, "run", broken)
        with pytest.raises(SystemExit, match="5"):
            call_command("lab", "run", "nginx", "slowloris")
        assert "ZeroDivisionError: nobody thought of that" in capsys.readouterr().err

    def test_a_scenario_that_is_left_out_is_one_too(self, tmp_path):
        done = lab(tmp_path, "run", "nginx")
        assert done.returncode == 2
        assert "SCENARIO" in done.stderr and done.stdout == ""

    def test_a_server_that_is_not_here_is_4(self, tmp_path):
        home = {"LABS_HOME": str(tmp_path)}
        done = lab(tmp_path, "run", "nginx", "slowloris", **home)
        assert done.returncode == 4
        assert "script/" in done.stderr


@pytest.mark.server
@pytest.mark.alone
class TestRuns:
    def test_the_document_is_alone_on_standard_output(self, tmp_path):
        done = lab(tmp_path, "run", "nginx", "slowloris", *SHORT, "--json", "-")
        assert done.returncode == 0, done.stderr
        result = json.loads(done.stdout)
        jsonschema.validate(result, SCHEMA, cls=jsonschema.Draft202012Validator)
        assert result["verdict"] == "holds"
        assert done.stderr.splitlines()[-1] == f"holds: {result['sentence']}"

    def test_it_needs_no_database_and_makes_none(self, tmp_path):
        data, path = tmp_path / "data", tmp_path / "result.json"
        words = ("run", "single-thread", "slowloris", *SHORT, "--quiet")
        done = lab(data, *words, "--json", str(path))
        assert done.returncode == 0, done.stderr
        assert [file.name for file in data.iterdir()] == ["secret-key"]
        assert json.loads(path.read_text())["verdict"] == "denied"
        assert done.stdout.splitlines()[0].startswith(
            "denied: The only thread was held"
        )
        assert len(list(tmp_path.iterdir())) == 2  # and no half-written file

    def test_ctrl_c_stops_the_run_in_good_order(self, tmp_path):
        words = command("run", "nginx", "slowloris", "--set", "before_s=30")
        run = subprocess.Popen(words, **options(tmp_path, {}), start_new_session=True)
        for line in run.stdout:
            if "Only the honest client is here" in line:
                break
        below = keeper.descendants(run.pid)
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=60)
        assert run.returncode == 130, err
        assert out.splitlines()[-1] == "cancelled: It was asked to stop"
        assert len(below) > 2 and not any(map(keeper.lives, below))

    def test_a_command_that_is_killed_takes_its_run_with_it(self, tmp_path):
        words = command("run", "nginx", "slowloris", "--set", "before_s=30")
        run = subprocess.Popen(words, **options(tmp_path, {}), start_new_session=True)
        for line in run.stdout:
            if "Only the honest client is here" in line:
                break
        below = keeper.descendants(run.pid)
        run.kill()
        run.communicate()
        with subprocess.Popen(["sleep", "20"]) as patience:
            while any(map(keeper.lives, below)) and patience.poll() is None:
                os.sched_yield()
            patience.kill()
        assert len(below) > 2 and not any(map(keeper.lives, below))
