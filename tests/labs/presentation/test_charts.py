"""A scenario's charts: declarations for the script, tables without it."""

import pytest

from labs.plugins import registry
from labs.presentation import charts
from tests.labs import runs

NAMES = sorted(path.stem for path in runs.RECORDINGS.glob("*.jsonl"))


def scenario_of(name):
    result = runs.recording(name)[-1]["result"]
    return registry.scenarios()[result["scenario"]["slug"]]


@pytest.fixture(params=registry.scenarios())
def scenario(request):
    return registry.scenarios()[request.param]


class TestDeclarations:
    def test_the_script_is_told_each_series_once(self, scenario):
        told = charts.as_json(scenario)
        assert [chart["slug"] for chart in told] == [c.slug for c in scenario.charts]
        for given, chart in zip(told, scenario.charts, strict=True):
            names = [series["name"] for series in given["series"]]
            assert names == [series.name for series in chart.series]


class TestTables:
    @pytest.mark.parametrize("name", NAMES)
    def test_each_tick_is_a_row_and_each_series_a_column(self, name):
        scenario = scenario_of(name)
        series = runs.recording(name)[-1]["result"]["series"]
        for table in charts.tables(scenario, series):
            assert len(table["rows"]) == len(series["t_s"])
            width = 1 + len(table["chart"].series)
            assert {len(row) for row in table["rows"]} == {width}

    @pytest.mark.parametrize("name", NAMES)
    def test_a_chart_has_values_in_some_recording(self, name):
        series = runs.recording(name)[-1]["result"]["series"]
        tables = charts.tables(scenario_of(name), series)
        assert any(table["summary"] != "No values yet." for table in tables)

    def test_values_are_in_the_charts_unit(self, scenario):
        for chart in scenario.charts:
            series = {"t_s": [0.2], chart.series[0].name: [3 * chart.per_unit]}
            tables = charts.tables(scenario, series)
            [table] = [table for table in tables if table["chart"] is chart]
            assert table["rows"][0][:2] == ["0.2", "3"]

    def test_before_the_first_tick_they_are_empty(self, scenario):
        for table in charts.tables(scenario, {"t_s": []}):
            assert (table["rows"], table["summary"]) == ([], "No values yet.")

    def test_a_series_that_never_came_is_a_dash(self, scenario):
        first = charts.tables(scenario, {"t_s": [0.2]})[0]
        assert first["rows"] == [["0.2", *["–"] * len(first["chart"].series)]]


class TestSummary:
    def test_it_says_the_last_the_least_and_the_most(self):
        [chart, *_] = registry.scenarios()["throughput"].charts
        columns = [[3, None, 9, 5], [0, 0, 0, 0]]
        said = charts.summary(chart, [0.2, 0.4, 0.6, 0.8], columns)
        label = chart.series[0].label
        unit = f" {chart.unit}" if chart.unit else ""
        assert said == f"{label}: 5{unit} at the end, least 3, most 9 at 0.6 s."

    def test_it_takes_the_first_series_that_has_values(self):
        [chart, *_] = registry.scenarios()["throughput"].charts
        said = charts.summary(chart, [0.2], [[None], [1]])
        assert said.startswith(chart.series[1].label)


class TestProbes:
    def test_it_says_how_many_were_answered_and_the_last(self):
        probes = [[0, "ok", 2.5], [0.2, "ok", 900], [0.4, "read_timeout", None]]
        assert charts.probe_summary(probes) == (
            "2 of 3 probes were answered, the slowest in 900 ms. "
            "The last one was not answered."
        )

    def test_one_under_way_is_not_counted(self):
        probes = [[0, "ok", 2.5], [0.2, "unfinished", None]]
        assert charts.probe_summary(probes).startswith("1 of 1")
        assert charts.probe_summary(probes[1:]) == "No probe has come to an end yet."
