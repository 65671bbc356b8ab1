"""`lab rejudge`: the same document gives the same verdict; a changed opinion shows."""

import json

import pytest
from django.core.management import call_command

from labs.bench.contracts.errors import SpecError
from labs.cli import rejudge
from tests import schemas
from tests.labs import runs

RECORDINGS = sorted(runs.RECORDINGS.glob("*.jsonl"))


@pytest.fixture
def document() -> dict:
    return runs.recording("apache-prefork-slowloris")[-1]["result"]


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
class TestRecordings:
    def test_judging_again_gives_the_same_and_checks_of_today(self, path):
        result = runs.recording(path.stem)[-1]["result"]
        judged = rejudge.judge(result).document
        schemas.check(judged, "result")
        for name in ("verdict", "sentence", "summary"):
            assert judged[name] == result[name]

    def test_no_check_is_lost_and_those_that_stay_are_named(self, path):
        result = runs.recording(path.stem)[-1]["result"]
        judged = rejudge.judge(result)
        slugs = [check["slug"] for check in judged.document["trust"]["checks"]]
        assert len(set(slugs)) == len(slugs) > 0
        assert set(judged.as_stored) <= set(slugs)
        assert bool(judged.remark) == bool(judged.as_stored)
        again = rejudge.judge(judged.document)
        assert again.document["trust"] == judged.document["trust"]


class TestChecks:
    def test_one_that_fails_by_now_makes_an_old_result_inconclusive(self):
        result = runs.recording("nginx-slowloris")[-1]["result"]
        ticks = len(result["series"]["t_s"])
        result["series"]["load_lag_ms"] = [500.0] * ticks
        judged = rejudge.judge(result).document
        assert judged["trust"]["holds"] is False
        assert judged["verdict"] == "inconclusive"
        assert "The load generator was on time does not hold" in judged["sentence"]

    def test_late_ticks_are_counted_from_when_they_were_made(self, document):
        times = document["series"]["t_s"]
        late = [t_s + 0.15 * (n % 2) for n, t_s in enumerate(times)]
        document["series"]["t_s"] = late
        checks = rejudge.judge(document).document["trust"]["checks"]
        assert {c["slug"]: c["holds"] for c in checks}["ticks_on_time"] is False

    def test_what_a_result_lacks_is_said_and_the_check_that_needs_it_stays(self):
        result = runs.recording("nginx-throughput")[-1]["result"]
        little = next(
            c for c in result["trust"]["checks"] if c["slug"] == "littles_law"
        )
        little["holds"], little["measured"] = False, "80.0 clients"
        judged = rejudge.judge(result)
        assert "phases.counted" in judged.lacks and "littles_law" in judged.as_stored
        assert little in judged.document["trust"]["checks"]
        assert judged.document["verdict"] == "inconclusive"
        assert judged.remark.startswith("It lacks phases.counted, ")

    def test_a_phase_in_which_the_generator_was_the_limit_is_marked_anew(self):
        result = runs.recording("node-latency")[-1]["result"]
        ticks = len(result["series"]["t_s"])
        result["series"]["load_cpu_percent"] = [99.0] * ticks
        result["series"]["server_cpu_percent"] = [10.0] * ticks
        phases = rejudge.judge(result).document["phases"]
        counted = [phase["counted"] for phase in phases if phase["counted"]]
        assert all(told["generator_limited"] for told in counted)


def test_a_file_that_says_something_else_is_corrected(document, tmp_path):
    path = tmp_path / "result.json"
    path.write_text(json.dumps(document | {"verdict": "holds"}))
    assert rejudge.in_file(str(path)).startswith(f"{path}: holds -> denied. 8 of 8")


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"status": "failed"}, "Only a finished run can be judged"),
        ({"scenario": {"slug": "gone"}}, "Unknown scenario 'gone'"),
        ({"scenario": None}, "not a result document"),
        ({"series": {}}, "Incomplete result document"),
        ({"series": {"t_s": [0.2, 0.4], "a": [1]}}, "Incomplete result document"),
    ],
)
def test_what_cannot_be_judged_is_refused(document, change, sentence):
    with pytest.raises(SpecError, match=sentence):
        rejudge.judge(document | change)


def test_a_file_that_is_no_json_is_refused(tmp_path):
    path = tmp_path / "x"
    path.write_text("{")
    with pytest.raises(SpecError, match="cannot be read as JSON"):
        rejudge.in_file(str(path))


@pytest.mark.django_db
class TestRows:
    def test_a_changed_opinion_is_stored_with_its_sentence(self, capsys):
        run = runs.finished("apache-prefork-slowloris")
        said = run.verdict_sentence
        run.result["verdict"] = run.verdict = "holds"
        run.save()
        call_command("lab", "rejudge")
        assert f"{run.pk}: holds -> denied" in capsys.readouterr().out
        run.refresh_from_db()
        assert (run.verdict, run.verdict_sentence) == ("denied", said)
        assert run.result["verdict"] == "denied"

    def test_only_those_that_are_named(self, capsys):
        first, second = runs.finished(), runs.finished("nginx-slowloris")
        call_command("lab", "rejudge", str(second.pk))
        out = capsys.readouterr().out
        assert str(second.pk) in out and str(first.pk) not in out

    @pytest.mark.parametrize("word", ["0e0e0e0e-0000-4000-8000-000000000000", "x"])
    def test_a_run_that_is_not_there_is_a_bad_argument(self, word, capsys):
        with pytest.raises(SystemExit, match="2"):
            call_command("lab", "rejudge", word)
        assert word in capsys.readouterr().err
