"""The figures of several runs: a number of each, and percentiles of all together. Pure.

They are the findings of a scenario, so that no list of names is kept here, and the
latencies of the phases that counted requests.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from labs.bench.contracts.result_document import (
    CountedPhase,
    LoadEntry,
    ResultDocument,
    counted_phases,
)
from labs.bench.contracts.set_document import FigureEntry
from labs.bench.statistics import intervals
from labs.bench.statistics.histogram import Histogram

_PERCENTILES = (
    (50, "Half of the answers came within"),
    (90, "90 of 100 answers came within"),
    (99, "99 of 100 answers came within"),
)
_LATENCY = "latency_"  # findings of the headline phase begin with it


@dataclass(frozen=True)
class Figure:
    """One number of several runs, in their order; None where a run has none.

    `merged` is a percentile of all requests of all runs together: percentiles of single
    runs must not be averaged, nor is their median that of all requests. At least one of
    `values` is a number.
    """

    slug: str
    statement: str
    unit: str
    values: tuple[float | None, ...]
    merged: float | None = None

    @property
    def known(self) -> tuple[float, ...]:
        """The values of the runs that have one."""
        return tuple(value for value in self.values if value is not None)

    @property
    def complete(self) -> bool:
        """Whether every run has one. Those that have are else no sample of all: a
        server may have been denied at 8 connections once, and never in other runs."""
        return None not in self.values

    @property
    def value(self) -> float:
        """What all runs say together: the merged percentile, else the median."""
        return median(self.known) if self.merged is None else self.merged

    def as_json(self) -> FigureEntry:
        """Describe it, with its spread and the interval of the runs' median."""
        interval = intervals.median_interval(self.known) if self.complete else None
        return {
            "statement": self.statement,
            "unit": self.unit,
            "value": self.value,
            "of": "median" if self.merged is None else "merged",
            "least": min(self.known),
            "most": max(self.known),
            "interval": interval.as_json() if interval else None,
            "confidence": intervals.CONFIDENCE,
            "values": list(self.values),
        }


def figures(runs: Sequence[ResultDocument]) -> list[Figure]:
    """Return what was measured: the numbers among the findings, then latencies.

    A percentile among the findings is left out where the requests can be merged.
    """
    latencies = list(_latencies(runs))
    slugs = {figure.slug for figure in latencies}
    findings = [f for f in _findings(runs) if not _is_merged(f.slug, slugs)]
    return findings + latencies


def _is_merged(slug: str, merged_slugs: Collection[str]) -> bool:
    """Whether the requests of all runs together give a figure in a finding's place."""
    return slug in merged_slugs or (bool(merged_slugs) and slug.startswith(_LATENCY))


def _findings(runs: Sequence[ResultDocument]) -> Iterator[Figure]:
    by_slug = [{row["slug"]: row for row in run["findings"]} for run in runs]
    slugs = dict.fromkeys(slug for rows in by_slug for slug in rows)
    for slug in slugs:
        rows = [found.get(slug) for found in by_slug]
        values = tuple(_number(row["measured"]) if row else None for row in rows)
        if any(value is not None for value in values):
            first = next(row for row in rows if row)
            yield Figure(slug, first["statement"], first["unit"], values)


def _number(value: float | str | None) -> float | None:
    # A yes or no is no figure, though to Python a bool is an int.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value


def _latencies(runs: Sequence[ResultDocument]) -> Iterator[Figure]:
    """Yield percentiles of each kind of phase that counted requests.

    Phases of one name and load belong together, wherever in a run they are: one that
    ended early has fewer.
    """
    counted = [counted_phases(run) for run in runs]
    kinds = {_kind(phase): phase for phases in counted for phase in phases}
    for kind, label in zip(kinds, _labels(list(kinds.values())), strict=True):
        of_runs = [[p for p in phases if _kind(p) == kind] for phases in counted]
        yield from _percentiles([_histogram(of_run) for of_run in of_runs], *label)


def _kind(phase: CountedPhase) -> tuple[str, str]:
    return phase["name"], json.dumps(phase["load"], sort_keys=True)


def _labels(phases: Sequence[CountedPhase]) -> list[tuple[str, str]]:
    """Return what to call each, in a slug and to people: by what differs in them."""
    names = len({phase["name"] for phase in phases}) > 1
    loads = len({_load(phase["load"]) for phase in phases}) > 1
    labels, used = [], Counter[str]()
    for phase in phases:
        name = phase["name"]
        parts = [(f"_{name}", f", {name.replace('_', ' ')}")] * names
        parts += [_load(phase["load"])] * loads
        slug, words = ("".join(part) for part in zip(("", ""), *parts, strict=True))
        used[slug] += 1
        labels.append((f"{slug}_{used[slug]}" if used[slug] > 1 else slug, words))
    return labels


def _load(load: LoadEntry) -> tuple[str, str]:
    if load["type"] == "open_loop":
        rate = load["rate_per_s"]
        return f"_at_{rate:.0f}_per_s", f", {rate:,g} requests/s offered"
    number = load["connections"]
    return f"_at_{number}_connections", f", {number:,} connections"


def _percentiles(
    histograms: Sequence[Histogram], label: str, words: str
) -> Iterator[Figure]:
    together = merged(histograms)
    if not together.count:
        return
    for percent, statement in _PERCENTILES:
        slug = f"p{percent}{label}" if label else f"{_LATENCY}p{percent}_ms"
        values = tuple(h.percentile_ms(percent) for h in histograms)
        value = together.percentile_ms(percent)
        yield Figure(slug, statement + words, "ms", values, value)


def _histogram(phases: Sequence[CountedPhase]) -> Histogram:
    """Return what a run counted; nothing where its generator was the limit, or a phase
    is to be doubted for something else: that tells nothing of the server."""
    counts = [phase["counted"] for phase in phases]
    trusted = [
        counted
        for counted in counts
        if not (counted.get("generator_limited") or counted.get("doubts"))
    ]
    return merged([Histogram.from_json(counted["latency"]) for counted in trusted])


def merged(histograms: Sequence[Histogram]) -> Histogram:
    """Return one histogram of all the values."""
    together = Histogram()
    for histogram in histograms:
        together.merge(histogram)
    return together
