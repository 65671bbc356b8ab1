"""`lab run --repeat` and `lab noise`: runs one after the other, and what they say."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, TextIO

from labs.bench.contracts.errors import SpecError
from labs.bench.contracts.events import Status
from labs.bench.contracts.result_document import ResultDocument
from labs.bench.run.schedule import longest_s
from labs.bench.statistics import intervals, run_set
from labs.bench.statistics.figures import figures
from labs.bench.verdicts.wording import count
from labs.cli import exit_codes, text_table
from labs.cli.output_file import check_path, print_lines, stream_beside, write
from labs.cli.run import RunRequest, follow, prepare
from labs.plugins.registry import Resolved
from labs.presentation.number_format import number

MAX = 1000
_FEWEST_FOR_NOISE = 6  # of each half: below that there is no interval of a ratio


def repeat(wanted: RunRequest, times: int, out: TextIO | None = None) -> int:
    """Run `times` times with seeds that count up; return the worst run's exit code."""
    return _set(wanted, times, out, with_noise=False)


def noise(wanted: RunRequest, times: int, out: TextIO | None = None) -> int:
    """Run a server against itself, `times` runs on each side, and measure the noise."""
    if times < _FEWEST_FOR_NOISE:
        raise SpecError(
            f"--repeat must be at least {_FEWEST_FOR_NOISE} to measure noise, "
            f"not {times}"
        )
    return _set(wanted, 2 * times, out, with_noise=True)


def _set(
    wanted: RunRequest, times: int, out: TextIO | None, *, with_noise: bool
) -> int:
    resolved = prepare(wanted)
    check_times(times)
    check_path(wanted.json_to)
    out = out or stream_beside(wanted.json_to)
    series = RunSeries(out, quiet=wanted.quiet, total=times)
    all(series.run(resolved) for _ in range(times))
    lost = exit_codes.FINISHED
    if results := series.results_of(resolved):
        document = run_set.document(results)
        if with_noise:
            document["noise"] = run_set.noise(figures(run_set.conclusive(results)))
        print_lines(out, lines(document))
        lost = write(document, wanted.json_to)
    return lost or exit_codes.worst(series.codes)


def check_times(times: int) -> None:
    """Refuse a number of repetitions that makes no sense."""
    if not 1 <= times <= MAX:
        raise SpecError(f"--repeat must be between 1 and {MAX}, not {times}")


class RunSeries:
    """Runs that follow each other, of one thing or of several in turn."""

    def __init__(self, out: TextIO, *, quiet: bool, total: int) -> None:
        self._out, self._quiet, self._total = out, quiet, total
        self._begun: Counter[str] = Counter()
        self._results: dict[str, list[ResultDocument]] = {}
        self.codes: list[int] = []

    def run(self, resolved: Resolved) -> bool:
        """Run once more, with this one's next seed; False when to go no further."""
        key = resolved.spec.to_json()
        seed = resolved.spec.seed + self._begun[key]
        self._begun[key] += 1
        print_lines(self._out, [self._heading(resolved, seed)])
        spec = replace(resolved.spec, seed=seed)
        finished = follow(replace(resolved, spec=spec), self._out, quiet=self._quiet)
        self.codes.append(exit_codes.for_event(finished))
        result = finished["result"] if finished else None
        if finished and result and finished["status"] == Status.FINISHED:
            self._results.setdefault(key, []).append(result)
        return self.codes[-1] not in (exit_codes.STOPPED, exit_codes.BAD_ARGUMENTS)

    def results_of(self, resolved: Resolved) -> list[ResultDocument]:
        """Return the results of one thing, in order; runs without one left out."""
        return self._results.get(resolved.spec.to_json(), [])

    def _heading(self, resolved: Resolved, seed: int) -> str:
        at = len(self.codes)
        most_s = longest_s(resolved.scenario.plan(resolved.params))
        left_s = (self._total - at) * most_s
        return (
            f"Run {at + 1} of {self._total}: {resolved.driver.name}, seed {seed}; "
            f"at most {left_s:.0f} s of measuring left"
        )


def lines(document: Mapping[str, Any]) -> Iterator[str]:
    """Write what a set says, for people."""
    runs = document["runs"]
    yield verdicts(document)
    left_out = len(runs) - len(run_set.conclusive(runs))
    if left_out:
        yield f"The numbers of {left_out} are left out: those runs were inconclusive"
    figures = document["figures"]
    if not figures:
        return
    yield from text_table.lines([_HEADS, *map(_row, figures.values())])
    yield from _notes(figures, len(runs) - left_out)
    if document["noise"] is not None:
        yield from _noise_lines(document)


def verdicts(document: Mapping[str, Any]) -> str:
    """Say how many runs a set has, and how they ended."""
    ends = ", ".join(f"{n} {verdict}" for verdict, n in document["verdicts"].items())
    return f"{count(len(document['runs']), 'run')}: {ends}"


_HEADS = ("figure", "all runs", "single runs", "95 % interval", "unit")


def _row(figure: Mapping[str, Any]) -> tuple[str, ...]:
    interval, missing = figure["interval"], figure["values"].count(None)
    of = f" (not in {missing} of {len(figure['values'])})" if missing else ""
    return (
        figure["statement"] + of,
        number(figure["value"]) + ("*" if figure["of"] == "merged" else ""),
        _span(figure["least"], figure["most"]),
        _span(*interval) if interval else "–",
        figure["unit"],
    )


def _notes(figures: Mapping[str, Any], runs: int) -> Iterator[str]:
    yield "All runs: the median. The interval is of the median of single runs"
    if any(figure["of"] == "merged" for figure in figures.values()):
        yield "* of all requests of all runs together (merged histograms)"
    if intervals.median_interval(range(runs)) is None:
        yield f"There is no 95 % interval of {runs}: it takes 6 runs"


def _noise_lines(document: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield "Against itself, every other run:"
    for slug, figure in document["figures"].items():
        found = document["noise"].get(slug)
        if found is None:
            why = "zeros, or runs without a number, or too few of them"
            yield f"  {figure['statement']}: no ratio ({why})"
            continue
        low, high = found["interval"]
        yield (
            f"  {figure['statement']}: {low:.3f} to {high:.3f} times itself, "
            f"so the noise floor is {100 * found['floor']:.1f} %"
        )


def _span(low: float, high: float) -> str:
    if low == high:
        return number(low)
    return f"{number(low)} to {number(high)}"
