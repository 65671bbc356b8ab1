"""A scenario's charts for the page: data for the script that draws, words for all."""

from collections.abc import Iterator, Mapping, Sequence
from math import inf
from typing import Any

from labs.bench.contracts.scenario import Chart, Scenario
from labs.presentation.number_format import fixed, number


def as_json(scenario: Scenario) -> list[dict[str, Any]]:
    """Return the chart declarations as the page's script reads them."""
    return [
        {
            "slug": chart.slug,
            "title": chart.title,
            "unit": chart.unit,
            "per_unit": chart.per_unit,
            "help": chart.help,
            "series": [{"name": s.name, "label": s.label} for s in chart.series],
        }
        for chart in scenario.charts
    ]


def tables(
    scenario: Scenario, series: Mapping[str, Sequence[Any]]
) -> list[dict[str, Any]]:
    """Return each chart with its numbers and a sentence, complete without script."""
    return [_table(chart, series) for chart in scenario.charts]


def _table(chart: Chart, series: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    words = ChartWords(chart)
    rows = [words.row(t_s, values) for t_s, values in words.ticks_of(series)]
    return {"chart": chart, "summary": words.sentence(), "rows": rows}


class ChartWords:
    """A chart for those who read: a row of its table for each tick, and a sentence.

    It grows tick by tick, because the sentence is sent anew with each: reading all
    columns again would cost more, the longer a run goes on.
    """

    def __init__(self, chart: Chart) -> None:
        self.slug = chart.slug
        self._chart = chart
        self._lines = [_LineExtremes(line.label) for line in chart.series]

    def ticks_of(
        self, series: Mapping[str, Sequence[Any]]
    ) -> Iterator[tuple[float, dict[str, Any]]]:
        """Return the time of each tick, and the values of the chart's lines in it."""
        times = series.get("t_s", [])
        names = [line.name for line in self._chart.series]
        columns = [series.get(name, [None] * len(times)) for name in names]
        for t_s, *values in zip(times, *columns, strict=True):
            yield t_s, dict(zip(names, values, strict=True))

    def add_columns(self, series: Mapping[str, Sequence[Any]]) -> None:
        """Take into account all ticks of a run so far."""
        for t_s, values in self.ticks_of(series):
            self._add(t_s, values)

    def row(self, t_s: float, values: Mapping[str, Any]) -> list[str]:
        """Take a tick into account, and return its row of the table."""
        return [fixed(t_s, 1), *map(number, self._add(t_s, values))]

    def sentence(self) -> str:
        """Say in one sentence what the first line that has values did."""
        for line in self._lines:
            if line.last is not None:
                return line.sentence(self._chart.unit)
        return "No values yet."

    def _add(self, t_s: float, values: Mapping[str, Any]) -> list[float | None]:
        """Return the values in the chart's unit."""
        scaled = []
        for declared, line in zip(self._chart.series, self._lines, strict=True):
            value = values.get(declared.name)
            if value is not None:
                value /= self._chart.per_unit
                line.add(t_s, value)
            scaled.append(value)
        return scaled


class _LineExtremes:
    """The last, least and greatest value of a line of a chart so far."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.last: float | None = None
        self._least, self._most, self._most_at_s = inf, -inf, 0.0

    def add(self, t_s: float, value: float) -> None:
        self.last = value
        self._least = min(self._least, value)
        if value > self._most:
            self._most, self._most_at_s = value, t_s

    def sentence(self, unit: str) -> str:
        unit = f" {unit}" if unit else ""
        return (
            f"{self.label}: {number(self.last)}{unit} at the end, least "
            f"{number(self._least)}, most {number(self._most)} at "
            f"{fixed(self._most_at_s, 1)} s."
        )


class ProbeWords:
    """How the honest client fared so far, in a sentence."""

    def __init__(self) -> None:
        self._ended = self._answered = 0
        self._slowest_ms = 0.0
        self._last = ""

    def add(self, probes: Sequence[Sequence[Any]]) -> None:
        """Take probes into account: rows of [due_s, outcome, latency_ms or None]."""
        for _, outcome, latency_ms, *_ in probes:
            if outcome == "unfinished":
                continue
            self._ended += 1
            self._last = outcome
            if outcome == "ok":
                self._answered += 1
                self._slowest_ms = max(self._slowest_ms, latency_ms)

    def sentence(self) -> str:
        """Say how many probes were answered, how slowly, and whether the last was."""
        if not self._ended:
            return "No probe has come to an end yet."
        last = "was answered" if self._last == "ok" else "was not answered"
        return (
            f"{number(self._answered)} of {number(self._ended)} probes were answered, "
            f"the slowest in {number(self._slowest_ms)} ms. The last one {last}."
        )
