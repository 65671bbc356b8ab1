"""`lab compare`: set files, or servers run in turn, one against the other."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.core.management import call_command

from labs.bench.contracts.errors import SpecError
from labs.bench.statistics import run_set
from labs.bench.statistics.figures import figures
from labs.cli import compare, exit_codes
from labs.cli.compare import CompareOptions, ServerSide
from labs.cli.run import RunRequest
from tests.bench import runs
from tests.schemas import check

WANTED = RunRequest("", "throughput", quiet=True)
NGINX, NODE = ServerSide("nginx"), ServerSide("node")


@pytest.fixture
def save(tmp_path):
    """Return a function that writes runs as a set file, with noise or without."""

    def save(name: str, several: list[dict], *, noise: bool = False, **told) -> str:
        document = run_set.document(several) | told
        if noise:
            document["noise"] = run_set.noise(figures(several))
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(document))
        return str(path)

    return save


def rates(seed: int, count: int, middle: float = 1000.0, **told) -> list[dict]:
    return runs.rates(runs.spread(seed, count, middle), **told)


def of_files(left: str, right: str, **options) -> tuple[int, list[str]]:
    out = io.StringIO()
    code = compare.files(left, right, CompareOptions(**options), out)
    return code, out.getvalue().splitlines()


def of_servers(
    left: ServerSide, right: ServerSide, times: int, **options
) -> tuple[int, list[str]]:
    out = io.StringIO()
    options = CompareOptions(quiet=True, **options)
    code = compare.servers((left, right), WANTED, times, options, out)
    return code, out.getvalue().splitlines()


OTHER = {"slug": "other", "name": "Other"}


class TestFiles:
    def test_a_fifth_more_is_found(self, save, tmp_path):
        left = save("left", rates(1, 12, 1200.0))
        right = save("right", rates(2, 12, server=OTHER))
        to = tmp_path / "comparison.json"
        code, lines = of_files(left, right, json_to=str(to))
        assert code == exit_codes.FINISHED
        assert lines[:2] == [
            "Pool: 12 runs: 12 measured",
            "Other: 12 runs: 12 measured",
        ]
        assert lines[2].startswith("  Requests per s: Pool answers 1.1")
        document = json.loads(to.read_text())
        check(document, "comparison")
        row = document["compared"]["requests_per_s"]
        assert row["difference"] == "different" and row["noise_floor"] > 0
        assert row["ratio"] == pytest.approx(1.2, abs=0.03)
        assert document["names"] == ["Pool", "Other"]

    def test_a_thing_does_not_differ_from_itself(self, save):
        code, lines = of_files(save("left", rates(1, 12)), save("right", rates(2, 12)))
        assert code == exit_codes.FINISHED
        assert lines[2].startswith("  Requests per s: no difference larger than ")

    def test_knobs_that_differ_are_in_the_names(self, save):
        left = save("left", rates(1, 2))
        right = save("right", rates(2, 2, server={"knobs": {"threads": 64}}))
        lines = of_files(left, right)[1]
        assert [line.partition(":")[0] for line in lines[:2]] == [
            "Pool (threads = 8)",
            "Pool (threads = 64)",
        ]

    def test_versions_that_differ_are_too(self, save):
        left = save("left", rates(1, 2))
        right = save("right", rates(2, 2, server={"version": "2.0"}))
        lines = of_files(left, right)[1]
        assert [line.partition(":")[0] for line in lines[:2]] == [
            "Pool 1.0",
            "Pool 2.0",
        ]

    def test_of_few_runs_it_says_that_the_noise_is_unknown(self, save):
        lines = of_files(save("left", rates(1, 6)), save("right", rates(2, 6)))[1]
        assert lines[2] == (
            "The noise floor was not measured; lab noise does, or 12 runs of each"
        )

    def test_measured_noise_is_held_against_it(self, save):
        left = save("left", rates(1, 6, 1010.0))
        right = save("right", rates(2, 6))
        wild = runs.rates(runs.spread(3, 24, share=0.3))
        noisy = save("noise", wild, noise=True)
        lines = of_files(left, right, noise_from=[noisy])[1]
        assert lines[2].startswith("  Requests per s: no difference larger than ")

    def test_other_versions_of_the_instrument_are_remarked(self, save):
        left = save("left", rates(1, 2))
        right = save("right", rates(2, 2, environment={"python": "3.11.2"}))
        told = "They were made by different versions of Python: 3.13.1, 3.11.2"
        assert told in of_files(left, right)[1]

    def test_a_side_that_is_all_inconclusive_leaves_nothing(self, save, tmp_path):
        left = save("left", rates(1, 3))
        right = save("right", rates(2, 3, verdict="inconclusive"))
        to = tmp_path / "comparison.json"
        code, lines = of_files(left, right, json_to=str(to))
        assert code == exit_codes.INCONCLUSIVE
        assert lines[-1].startswith("There is nothing to compare: all runs of a side")
        check(json.loads(to.read_text()), "comparison")


class TestRefusals:
    @pytest.mark.parametrize(
        ("other", "sentence"),
        [
            ({"environment": {"cpu": "another"}}, "differ in the processor"),
            ({"params": {"connections": 8}}, "differ in the parameter connections"),
        ],
    )
    def test_other_conditions_are(self, save, other, sentence):
        left, right = save("left", rates(1, 2)), save("right", rates(2, 2, **other))
        with pytest.raises(SpecError, match=f"cannot be compared. They {sentence}"):
            of_files(left, right)

    def test_noise_of_other_conditions_is(self, save):
        left, right = save("left", rates(1, 2)), save("right", rates(2, 2))
        elsewhere = rates(3, 12, environment={"kernel": "6.1"})
        noise = save("noise", elsewhere, noise=True)
        with pytest.raises(SpecError, match="under other conditions. They differ in"):
            of_files(left, right, noise_from=[noise])

    def test_a_set_without_noise_is_none(self, save):
        path = save("left", rates(1, 2))
        with pytest.raises(SpecError, match="No noise was measured in .*; lab noise"):
            of_files(path, path, noise_from=[path])

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("{", "cannot be read as JSON"),
            ("[]", "is no set of runs; lab run --repeat writes one"),
            ('{"schema": "concsite-result/1"}', "is no set of runs"),
            ('{"schema": "concsite-set/1"}', "is an incomplete set: KeyError"),
            ('{"schema": "concsite-set/1", "runs": []}', "There are no runs in"),
            ('{"schema": "concsite-set/1", "runs": [7]}', "is an incomplete set"),
        ],
    )
    def test_what_is_no_set_is(self, tmp_path, text, sentence):
        path = tmp_path / "x.json"
        path.write_text(text)
        with pytest.raises(SpecError, match=sentence):
            of_files(str(path), str(path))

    def test_a_file_that_is_not_there_is(self, tmp_path):
        with pytest.raises(SpecError, match="cannot be read as JSON"):
            of_files(str(tmp_path / "no"), str(tmp_path / "no"))

    def test_runs_of_several_servers_are_no_set(self, save):
        mixed = save("mixed", [*rates(1, 2), *rates(2, 2, server=OTHER)])
        with pytest.raises(SpecError, match="are of 2 different servers"):
            of_files(mixed, mixed)

    def test_runs_of_several_machines_are_no_set(self, save):
        mixed = [*rates(1, 2), *rates(2, 2, environment={"cores": 64})]
        with pytest.raises(SpecError, match="are no set. They differ in the number of"):
            of_files(save("mixed", mixed), save("fine", rates(1, 2)))

    def test_a_result_that_lacks_something_is_incomplete(self, save):
        [run] = rates(1, 1)
        path = Path(save("left", [run]))
        document = json.loads(path.read_text())
        del document["runs"][0]["findings"]
        path.write_text(json.dumps(document))
        with pytest.raises(SpecError, match="is an incomplete set: KeyError"):
            of_files(str(path), str(path))


class TestServers:
    def test_they_are_run_in_turn(self, told):
        code, lines = of_servers(NGINX, NODE, 2)
        assert code == exit_codes.FINISHED
        order = [line.split(": ")[1].split(",")[0] for line in lines[:8:2]]
        assert order == ["NGINX", "Node.js", "Node.js", "NGINX"]

    def test_both_have_the_same_seeds(self, told, tmp_path):
        to = tmp_path / "comparison.json"
        of_servers(NGINX, NODE, 2, json_to=str(to))
        document = json.loads(to.read_text())
        check(document, "comparison")
        assert [one["seeds"] for one in document["sets"]] == [[1, 2]] * 2

    def test_the_difference_is_found(self, told):
        lines = of_servers(NGINX, NODE, 6)[1]
        [rate] = [line for line in lines if line.startswith("  Requests per s: ")]
        assert rate.startswith("  Requests per s: Nginx answers 1.9")

    def test_one_server_with_two_settings_is_two_sides(self, told):
        slow, quick = ServerSide("nginx"), ServerSide("nginx", ["keep_alive_s=60"])
        lines = of_servers(slow, quick, 6)[1]
        assert any("Nginx (keep_alive_s = 60) answers 1.59" in line for line in lines)

    def test_the_same_twice_is_refused(self, told):
        with pytest.raises(SpecError, match="lab noise runs one against itself"):
            of_servers(NGINX, NGINX, 6)

    def test_stopped_half_way_it_tells_what_there_is(self, told, tmp_path):
        told("stopped")
        to = tmp_path / "comparison.json"
        code, lines = of_servers(NGINX, NODE, 6, json_to=str(to))
        assert code == exit_codes.STOPPED
        assert any("too few runs to tell" in line for line in lines)
        assert json.loads(to.read_text())["sets"][0]["seeds"] == [1, 2]

    def test_without_a_run_that_finished_there_is_nothing(self, told, tmp_path):
        told("silent")
        to = tmp_path / "comparison.json"
        code, lines = of_servers(NGINX, NODE, 2, json_to=str(to))
        assert code == exit_codes.OUR_FAULT and not to.exists()
        assert lines[-1].startswith("There is nothing to compare: a side has no run")

    def test_noise_that_is_not_there_is_refused_before_anything_runs(self, told):
        told("silent")
        with pytest.raises(SpecError, match="cannot be read as JSON"):
            of_servers(NGINX, NODE, 6, noise_from=["/no/such/file"])


class TestWords:
    def lab(self, *words: str) -> None:
        call_command("lab", "compare", *words)

    def test_two_files(self, save, capsys):
        left, right = save("left", rates(1, 12, 1200.0)), save("right", rates(2, 12))
        self.lab(left, right)
        assert "(first) answers 1.1" in capsys.readouterr().out

    def test_two_servers_and_a_scenario(self, told, capsys):
        self.lab("nginx", "node", "throughput", "--repeat", "2", "--quiet")
        assert "Requests per s: Nginx's is 2.00" in capsys.readouterr().out

    @pytest.mark.parametrize(
        "words", ["x.json", "nginx node throughput", "a b c d --repeat 2"]
    )
    def test_anything_else_is_a_bad_argument(self, told, capsys, words):
        with pytest.raises(SystemExit, match="2"):
            self.lab(*words.split())
        assert "two set files, or two servers" in capsys.readouterr().err
