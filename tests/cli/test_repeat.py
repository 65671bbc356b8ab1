"""`lab run --repeat` and `lab noise`: runs one after the other, and what they say."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.core.management import call_command

from labs.bench.contracts.errors import SpecError
from labs.cli import exit_codes, repeat
from labs.cli.run import RunRequest
from tests.schemas import check


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "set.json"


class ClosedPipe(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def wanted(path: Path | None = None, **rest) -> RunRequest:
    return RunRequest(
        "nginx", "throughput", json_to=str(path or ""), quiet=True, **rest
    )


def said(times: int, **rest) -> tuple[int, list[str]]:
    """Repeat, and return the exit code and the lines."""
    out = io.StringIO()
    code = repeat.repeat(wanted(**rest), times, out)
    return code, out.getvalue().splitlines()


class TestRepeat:
    def test_the_set_is_written_and_valid(self, told, path):
        code, lines = said(6, path=path)
        document = json.loads(path.read_text())
        check(document, "set")
        assert code == exit_codes.FINISHED
        assert len(document["runs"]) == 6 and document["noise"] is None
        assert document["figures"]["requests_per_s"]["value"] == pytest.approx(2014.0)
        assert list(path.parent.glob("*.json*")) == [path]

    def test_seeds_count_up(self, told, path):
        said(3, path=path, seed=40)
        assert json.loads(path.read_text())["seeds"] == [40, 41, 42]

    def test_it_says_how_far_it_is_and_what_was_found(self, told):
        _, lines = said(6)
        assert lines[0] == "Run 1 of 6: NGINX, seed 1; at most 72 s of measuring left"
        assert "Run 6 of 6: NGINX, seed 6; at most 12 s of measuring left" in lines
        assert "6 runs: 6 measured" in lines
        [rate] = [line for line in lines if line.startswith("Requests per s")]
        assert rate.split("  ")[-1].strip() == "requests/s"
        assert "2,004 to 2,024" in rate
        [p90] = [line for line in lines if line.startswith("90 of 100")]
        assert "1.01*" in p90  # of all 600 requests; 1.001 to 1.006 of single runs

    def test_five_runs_have_no_interval_and_say_why(self, told):
        _, lines = said(5)
        assert lines[-1] == "There is no 95 % interval of 5: it takes 6 runs"
        [rate] = [line for line in lines if line.startswith("Requests per s")]
        assert "  –  " in rate

    def test_what_was_inconclusive_is_told_and_left_out(self, told, path):
        told("sometimes_doubtful")
        code, lines = said(6, path=path)
        assert code == exit_codes.INCONCLUSIVE
        assert "6 runs: 4 measured, 2 inconclusive" in lines
        left_out = "The numbers of 2 are left out: those runs were inconclusive"
        assert left_out in lines
        document = json.loads(path.read_text())
        check(document, "set")
        assert document["figures"]["requests_per_s"]["most"] < 3000

    def test_where_all_were_there_are_no_figures(self, told, path):
        told("always_doubtful")
        code, lines = said(2, path=path)
        assert (code, lines[-1]) == (
            exit_codes.INCONCLUSIVE,
            "The numbers of 2 are left out: those runs were inconclusive",
        )
        assert json.loads(path.read_text())["figures"] == {}

    def test_a_server_that_ends_once_does_not_end_the_series(self, told, path):
        told("crashing_server")
        code, _ = said(5, path=path)
        assert code == exit_codes.SERVER_FAILED
        assert json.loads(path.read_text())["seeds"] == [1, 2, 4, 5]

    def test_ctrl_c_ends_it_and_keeps_what_there_is(self, told, path):
        told("stopped")
        code, lines = said(9, path=path)
        assert code == exit_codes.STOPPED
        assert json.loads(path.read_text())["seeds"] == [1, 2]
        assert not [line for line in lines if line.startswith("Run 4")]

    def test_a_runner_that_says_nothing_is_our_fault(self, told, path):
        told("silent")
        assert said(2, path=path)[0] == exit_codes.OUR_FAULT
        assert not path.exists()

    def test_a_reader_that_left_is_no_fault(self, told, path):
        assert repeat.repeat(wanted(path), 2, ClosedPipe()) == exit_codes.FINISHED
        assert path.exists()

    @pytest.mark.parametrize("times", [0, -1, 1001])
    def test_a_number_that_makes_no_sense_is_refused(self, told, times):
        with pytest.raises(SpecError, match=f"between 1 and 1000, not {times}"):
            repeat.repeat(wanted(), times)

    def test_what_cannot_be_written_is_refused_before_anything_runs(self, told):
        told("silent")
        with pytest.raises(SpecError, match="cannot be written"):
            repeat.repeat(wanted(Path("/no/such/place")), 2)


class TestNoise:
    def test_each_half_has_as_many_runs(self, told, path):
        out = io.StringIO()
        assert repeat.noise(wanted(path), 6, out) == exit_codes.FINISHED
        document = json.loads(path.read_text())
        check(document, "set")
        assert len(document["runs"]) == 12
        assert 0 < document["noise"]["requests_per_s"]["floor"] < 0.02
        assert "lost" not in document["noise"]

    def test_it_says_the_floor_of_each_figure(self, told):
        out = io.StringIO()
        repeat.noise(wanted(), 6, out)
        lines = out.getvalue().splitlines()
        [rate] = [line for line in lines if line.startswith("  Requests per s: ")]
        assert rate.endswith("so the noise floor is 0.4 %")
        [lost] = [line for line in lines if line.startswith("  Lost: ")]
        assert lost.startswith("  Lost: no ratio (zeros")

    def test_five_runs_of_each_half_are_refused(self, told):
        with pytest.raises(SpecError, match="at least 6 to measure noise, not 5"):
            repeat.noise(wanted(), 5)


class TestWords:
    def test_the_document_is_alone_on_standard_output(self, told, capsys):
        words = ("nginx", "throughput", "--repeat", "2", "--json", "-", "--quiet")
        call_command("lab", "run", *words)
        captured = capsys.readouterr()
        check(json.loads(captured.out), "set")
        assert "2 runs: 2 measured" in captured.err

    def test_noise_wants_a_number(self, told):
        with pytest.raises(Exception, match="--repeat"):
            call_command("lab", "noise", "nginx", "throughput")

    def test_an_unknown_server_is_a_bad_argument(self, told, capsys):
        with pytest.raises(SystemExit, match="2"):
            call_command("lab", "run", "nope", "throughput", "--repeat", "2")
        assert "Unknown server 'nope'" in capsys.readouterr().err


class TestWorst:
    def test_what_went_most_wrong_counts(self):
        assert (
            exit_codes.worst([exit_codes.FINISHED, exit_codes.INCONCLUSIVE])
            == exit_codes.INCONCLUSIVE
        )
        assert (
            exit_codes.worst([exit_codes.STOPPED, exit_codes.FINISHED])
            == exit_codes.STOPPED
        )
        assert (
            exit_codes.worst([exit_codes.OUR_FAULT, exit_codes.SERVER_FAILED])
            == exit_codes.OUR_FAULT
        )

    def test_nothing_at_all_is_our_fault(self):
        assert exit_codes.worst([]) == exit_codes.OUR_FAULT
