"""Shows a run while it goes on: on a terminal as it moves, elsewhere line by line.

What is shown comes from the scenario's charts; nothing here knows a scenario.
"""

from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from typing import Self, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from labs.bench.contracts.events import Event, FinishedEvent, TickEvent
from labs.bench.contracts.scenario import Chart, Scenario
from labs.presentation.number_format import number

_LINE_EVERY_S = 1.0
_WIDTH = 40  # points of a spark line
_NOTHING = "–"
_BARS = " ▁▂▃▄▅▆▇█"


class Progress:
    """Shows a run: a context that is given each event, and in the end the last one.

    By itself it shows nothing.
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Leave the stream as it was."""

    def show(self, event: Event) -> None:
        """Show one event."""

    def end(self, finished: FinishedEvent | None) -> None:
        """Show how it ended; None where the runner ended without a last event."""


def on_stream(out: TextIO, scenario: Scenario, *, quiet: bool) -> Progress:
    """Choose how to show a run on this stream."""
    if quiet:
        return QuietProgress(out)
    kind = TerminalProgress if out.isatty() else PlainProgress
    return kind(out, scenario)


class QuietProgress(Progress):
    """Writes only how it ended."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def end(self, finished: FinishedEvent | None) -> None:
        """Write the verdict and its sentence, or what went wrong."""
        self._line(ending(finished))

    def _line(self, text: str) -> None:
        # `lab run ... | head` is no reason to leave a run without its result file.
        with suppress(BrokenPipeError):
            print(text, file=self._out, flush=True)


class PlainProgress(QuietProgress):
    """A line for each phase and log line, and one a second for the numbers."""

    def __init__(self, out: TextIO, scenario: Scenario) -> None:
        super().__init__(out)
        self._charts = scenario.charts
        self._next_s = 0.0

    def show(self, event: Event) -> None:
        """Write the event as one line, unless it is a tick that can be left out."""
        at = f"{event['t_s']:7.2f} s"
        if event["type"] == "status":
            self._line(f"{at}  {event['status']}: {event['sentence']}")
        elif event["type"] == "log":
            self._line(f"{at}  {event['source']}: {event['text']}")
        elif event["type"] == "tick" and event["t_s"] >= self._next_s:
            self._next_s = event["t_s"] + _LINE_EVERY_S
            known = [(k, v) for k, v in _now(self._charts, event) if v != _NOTHING]
            self._line(
                f"{at}  {', '.join(f'{label} {value}' for label, value in known)}"
            )


class TerminalProgress(Progress):
    """A table that is drawn anew with each tick; log lines scroll by above it."""

    def __init__(self, out: TextIO, scenario: Scenario) -> None:
        self._console = Console(file=out)
        self._charts = scenario.charts
        self._live = Live(console=self._console, refresh_per_second=8, transient=False)
        self._head = Text("starting")
        self._lines: dict[str, deque[float]] = {}
        self._shown: list[tuple[str, str]] = []

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._live.stop()

    def show(self, event: Event) -> None:
        """Draw the event."""
        at = f"{event['t_s']:.1f} s"
        if event["type"] == "status":
            self._head = Text(f"{event['status']}: {event['sentence']}", style="bold")
        elif event["type"] == "log":
            style = {"error": "red", "warning": "yellow"}.get(event["level"], "dim")
            self._console.print(
                Text(f"{at:>8}  {event['source']}: {event['text']}", style=style)
            )
        elif event["type"] == "tick":
            self._add_points(event)
        self._live.update(Group(Text.assemble(self._head, f"  {at}"), self._table()))

    def end(self, finished: FinishedEvent | None) -> None:
        """Write how it ended below the table."""
        self._live.stop()
        self._console.print(Text(ending(finished), style="bold"), soft_wrap=True)

    def _add_points(self, event: TickEvent) -> None:
        self._shown = list(_now(self._charts, event))
        for chart in self._charts:
            for series in chart.series:
                line = self._lines.setdefault(series.label, deque(maxlen=_WIDTH))
                line.append(event["values"].get(series.name) or 0.0)

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for label, value in self._shown:
            line = Text(spark(self._lines[label]), style="green", no_wrap=True)
            table.add_row(label, Text(value, justify="right"), line)
        return table


def _now(charts: tuple[Chart, ...], tick: TickEvent) -> list[tuple[str, str]]:
    """Return (label, value with its unit) of every line of every chart."""
    return [
        (series.label, _short(tick["values"].get(series.name), chart))
        for chart in charts
        for series in chart.series
    ]


def _short(value: float | None, chart: Chart) -> str:
    if value is None:
        return _NOTHING
    unit = f" {chart.unit}" if chart.unit else ""
    return f"{number(value / chart.per_unit)}{unit}"


def spark(values: Iterable[float]) -> str:
    """Draw values as bars from zero to the largest."""
    heights = [max(0.0, value) for value in values]
    highest = max(heights, default=0.0) or 1.0
    steps = len(_BARS) - 1
    return "".join(_BARS[round(steps * height / highest)] for height in heights)


def ending(finished: FinishedEvent | None) -> str:
    """Say in one line how a run ended."""
    if finished is None:
        return "The runner ended without a result"
    result = finished["result"]
    if result and result.get("verdict"):
        return f"{result['verdict']}: {result['sentence']}"
    message = finished["message"] or "no reason was given"
    return f"{finished['status']}: {message}"
