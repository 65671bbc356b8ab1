"""What a run leaves to take away: its result as JSON, its series as CSV."""

import csv
import io
import json

import pytest
from django.urls import reverse

from tests import schemas
from tests.labs import runs

pytestmark = pytest.mark.django_db

SCHEMA = runs.ROOT / "docs/result.schema.json"
NAMES = sorted(path.stem for path in runs.RECORDINGS.glob("*.jsonl"))
EVIL = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1")


def get(client, run, part):
    return client.get(reverse(f"labs:{part}", args=[run.pk]))


def table_of(response):
    return list(csv.reader(io.StringIO(response.content.decode(), newline="")))


class TestResult:
    @pytest.mark.parametrize("name", NAMES)
    def test_it_is_what_was_measured_and_valid(self, guest, name):
        response = get(guest, runs.finished(name), "run_result")
        document = json.loads(response.content)
        assert document == runs.recording(name)[-1]["result"]
        schemas.check(document, "result")

    def test_it_is_a_file_with_a_name(self, guest):
        run = runs.finished("nginx-throughput")
        response = get(guest, run, "run_result")
        name = f"concsite-throughput-nginx-{str(run.pk)[:8]}.json"
        assert response["Content-Disposition"] == f'attachment; filename="{name}"'
        assert response["Content-Type"] == "application/json"
        assert response["X-Content-Type-Options"] == "nosniff"

    def test_before_there_is_one_it_is_404(self, guest):
        assert get(guest, runs.under_way(), "run_result").status_code == 404


class TestSeries:
    def test_numbers_are_those_of_the_result(self, guest):
        run = runs.finished("single-thread-slowloris")
        header, *rows = table_of(get(guest, run, "run_series"))
        series = run.result["series"]
        assert header[0] == "t_s" and set(header) == set(series)
        for name, column in zip(header, zip(*rows, strict=True), strict=True):
            read = [float(cell) if cell else None for cell in column]
            assert read == series[name], name

    def test_it_is_a_file_with_a_name(self, guest):
        response = get(guest, runs.finished(), "run_series")
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        assert response["Content-Disposition"].endswith('.csv"')

    def test_a_run_under_way_gives_what_there_is(self, guest):
        run = runs.told([runs.tick(0.2, a=1), runs.tick(0.4, a=None)])
        table = table_of(get(guest, run, "run_series"))
        assert table == [["t_s", "a"], ["0.2", "1"], ["0.4", ""]]

    def test_a_waiting_run_gives_an_empty_table(self, guest):
        assert table_of(get(guest, runs.make(), "run_series")) == [["t_s"]]

    @pytest.mark.parametrize("evil", EVIL)
    def test_a_spreadsheet_reads_no_text_as_a_formula(self, guest, evil):
        run = runs.told([runs.tick(0.2, **{evil: evil})])
        header, row = table_of(get(guest, run, "run_series"))
        assert {header[1], row[1]} == {f"'{evil}"}

    def test_a_negative_number_stays_one(self, guest):
        run = runs.told([runs.tick(0.2, a=-1.5)])
        assert table_of(get(guest, run, "run_series"))[1] == ["0.2", "-1.5"]


class TestSchema:
    def test_it_is_published_where_results_are(self, guest):
        response = guest.get(reverse("labs:result_schema"))
        assert response["Content-Type"] == "application/schema+json"
        assert json.loads(response.content) == json.loads(SCHEMA.read_text())

    @pytest.mark.parametrize("name", ["result", "set", "comparison", "claims"])
    def test_so_are_those_of_sets_comparisons_and_claims(self, guest, name):
        response = guest.get(f"/labs/{name}.schema.json")
        assert response.status_code == 200
        assert json.loads(response.content)["$id"] == f"urn:concsite:{name}:1"
