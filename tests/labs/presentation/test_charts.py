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


class TestSentence:
    @pytest.fixture
    def chart(self):
        return registry.scenarios()["throughput"].charts[0]

    def sentence_of(self, chart, *columns):
        words = charts.ChartWords(chart)
        names = [line.name for line in chart.series]
        for tick, values in enumerate(zip(*columns, strict=True), start=1):
            words.row(tick / 5, dict(zip(names, values, strict=False)))
        return words.sentence()

    def test_it_says_the_last_the_least_and_the_most(self, chart):
        label = chart.series[0].label
        unit = f" {chart.unit}" if chart.unit else ""
        sentence = self.sentence_of(chart, [3, None, 9, 9, 5], [0, 0, 0, 0, 0])
        assert sentence == f"{label}: 5{unit} at the end, least 3, most 9 at 0.6 s."

    def test_it_takes_the_first_series_that_has_values(self, chart):
        sentence = self.sentence_of(chart, [None], [1])
        assert sentence.startswith(chart.series[1].label)

    @pytest.mark.parametrize("name", NAMES)
    def test_tick_by_tick_it_comes_to_what_the_whole_run_says(self, name):
        *told, last = runs.recording(name)
        scenario, series = scenario_of(name), last["result"]["series"]
        for table in charts.tables(scenario, series):
            words = charts.ChartWords(table["chart"])
            ticks = [event for event in told if event["type"] == "tick"]
            rows = [words.row(tick["t_s"], tick["values"]) for tick in ticks]
            assert (rows, words.sentence()) == (table["rows"], table["summary"])


class TestProbes:
    def sentence_of(self, *probes):
        words = charts.ProbeWords()
        for probe in probes:
            words.add([probe])
        return words.sentence()

    def test_it_says_how_many_were_answered_and_the_last(self):
        probes = [[0, "ok", 2.5], [0.2, "ok", 900], [0.4, "read_timeout", None]]
        assert self.sentence_of(*probes) == (
            "2 of 3 probes were answered, the slowest in 900 ms. "
            "The last one was not answered."
        )
        assert self.sentence_of(*probes[:2]).endswith("The last one was answered.")

    def test_one_under_way_is_not_counted(self):
        answered, begun = [0, "ok", 2.5], [0.2, "unfinished", None, 3.0]
        assert self.sentence_of(answered, begun).startswith("1 of 1")
        assert self.sentence_of(begun) == "No probe has come to an end yet."
