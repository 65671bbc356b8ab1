"""A scenario's charts for the page: plain data for the script, tables without it."""

from labs.presentation.number_format import fixed, number


def as_json(scenario):
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


def tables(scenario, series):
    """Return each chart with its numbers and a sentence, complete without script."""
    times = series.get("t_s", [])
    return [_table(chart, times, series) for chart in scenario.charts]


def _table(chart, times, series):
    columns = [_column(chart, s.name, times, series) for s in chart.series]
    rows = zip(times, *columns, strict=True)
    return {
        "chart": chart,
        "summary": summary(chart, times, columns),
        "rows": [[fixed(t_s, 1), *map(number, values)] for t_s, *values in rows],
    }


def _column(chart, name, times, series):
    """Return one line's values in the chart's unit."""
    values = series.get(name, [None] * len(times))
    return [None if value is None else value / chart.per_unit for value in values]


def probe_summary(probes):
    """Say in a sentence how the honest client fared, as static/js/probes.js does."""
    ended = [probe for probe in probes if probe[1] != "unfinished"]
    if not ended:
        return "No probe has come to an end yet."
    answered = [latency for _, outcome, latency, *_ in ended if outcome == "ok"]
    last = "was answered" if ended[-1][1] == "ok" else "was not answered"
    return (
        f"{number(len(answered))} of {number(len(ended))} probes were answered, the "
        f"slowest in {number(max(answered, default=0))} ms. The last one {last}."
    )


def summary(chart, times, columns):
    """Say in one sentence what the first series that has values did."""
    for declared, column in zip(chart.series, columns, strict=True):
        pairs = zip(column, times, strict=True)
        known = [(value, t_s) for value, t_s in pairs if value is not None]
        if known:
            most, at_s = max(known, key=lambda pair: pair[0])
            least = min(known)[0]
            unit = f" {chart.unit}" if chart.unit else ""
            return (
                f"{declared.label}: {number(known[-1][0])}{unit} at the end, least "
                f"{number(least)}, most {number(most)} at {fixed(at_s, 1)} s."
            )
    return "No values yet."
