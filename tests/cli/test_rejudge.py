"""`lab rejudge`: the same document gives the same verdict; a changed opinion shows."""

import json

import pytest
from django.core.management import call_command

from labs.bench.errors import SpecError
from labs.cli import rejudge
from tests.labs import runs


@pytest.fixture
def document() -> dict:
    return runs.recording("apache-prefork-slowloris")[-1]["result"]


def test_judging_again_gives_the_same(document):
    assert json.loads(json.dumps(rejudge.judge(document))) == document


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
