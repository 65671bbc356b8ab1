"""A set: runs of the same thing one after the other, and what they say together.

Pure: made of result documents. Its figures are the findings of its scenario, so that no
list of names is kept here, and the latencies of the phases that counted requests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from labs.bench import repeats
from labs.bench.events import Verdict
from labs.bench.histogram import Histogram

SCHEMA = "concsite-set/1"
_PERCENTILES = (
    (50, "Half of the answers came within"),
    (90, "90 of 100 answers came within"),
    (99, "99 of 100 answers came within"),
)
# Percentiles of single runs are findings of some scenarios: here they are merged.
_LATENCY = "latency_"

Result = Mapping[str, Any]


@dataclass(frozen=True)
class Figure:
    """One number of several runs, in their order; None where a run has none.

    `merged` is a percentile of all requests of all runs together: percentiles of single
    runs must not be averaged, nor is their median that of all requests.
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
    def value(self) -> float:
        """What all runs say together: the merged percentile, else the median."""
        return median(self.known) if self.merged is None else self.merged

    def as_json(self) -> dict[str, Any]:
        """Describe it, with its spread and the interval of the runs' median."""
        interval = repeats.median_interval(self.known)
        return {
            "statement": self.statement,
            "unit": self.unit,
            "value": self.value,
            "of": "median" if self.merged is None else "merged",
            "least": min(self.known),
            "most": max(self.known),
            "interval": [interval.low, interval.high] if interval else None,
            "confidence": repeats.CONFIDENCE,
            "values": list(self.values),
        }


def document(runs: Sequence[Result]) -> dict[str, Any]:
    """Return the document of a set; its noise is added by whoever measured it."""
    return {
        "schema": SCHEMA,
        "server": runs[0]["server"],
        "scenario": runs[0]["scenario"],
        "environment": runs[0]["environment"],
        "seeds": [run["seed"] for run in runs],
        "verdicts": dict(Counter(str(run["verdict"]) for run in runs)),
        "figures": {f.slug: f.as_json() for f in figures(conclusive(runs))},
        "noise": None,
        "runs": list(runs),
    }


def conclusive(runs: Sequence[Result]) -> list[Result]:
    """Return the runs whose numbers may be used."""
    return [run for run in runs if run["verdict"] not in (None, Verdict.INCONCLUSIVE)]


def figures(runs: Sequence[Result]) -> list[Figure]:
    """Return what was measured: the numbers among the findings, then latencies."""
    return [*_findings(runs), *_latencies(runs)]


def _findings(runs: Sequence[Result]) -> Iterator[Figure]:
    by_slug = [{row["slug"]: row for row in run["findings"]} for run in runs]
    slugs = dict.fromkeys(slug for rows in by_slug for slug in rows)
    for slug in slugs:
        if slug.startswith(_LATENCY):
            continue
        rows = [found.get(slug, {"measured": None}) for found in by_slug]
        values = tuple(_number(row["measured"]) for row in rows)
        if any(value is not None for value in values):
            told = next(found[slug] for found in by_slug if slug in found)
            yield Figure(slug, told["statement"], told["unit"], values)


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else None


def _latencies(runs: Sequence[Result]) -> Iterator[Figure]:
    counted = [[p for p in run["phases"] if p.get("counted")] for run in runs]
    count = max(map(len, counted), default=0)
    for at in range(count):
        phases = [found[at] if at < len(found) else None for found in counted]
        yield from _of_phase(phases, at, alone=count == 1)


def _of_phase(
    phases: Sequence[Mapping[str, Any] | None], at: int, *, alone: bool
) -> Iterator[Figure]:
    histograms = [
        Histogram.from_json(phase["counted"]["latency"]) if phase else Histogram()
        for phase in phases
    ]
    together = merged(histograms)
    if not together.count:
        return
    load = next(phase["load"] for phase in phases if phase)
    for percent, statement in _PERCENTILES:
        values = tuple(h.percentile_ms(percent) for h in histograms)
        slug = f"{_LATENCY}p{percent}_ms" if alone else f"p{percent}_ms_{at + 1}"
        of = "" if alone else f", {_told(load)}"
        value = together.percentile_ms(percent)
        yield Figure(slug, f"{statement}{of}", "ms", values, value)


def _told(load: Mapping[str, Any]) -> str:
    if load["type"] == "open_loop":
        return f"{load['rate_per_s']:g} requests/s offered"
    return f"{load['connections']:,} connections"


def merged(histograms: Sequence[Histogram]) -> Histogram:
    """Return one histogram of all the values."""
    together = Histogram()
    for histogram in histograms:
        together.merge(histogram)
    return together


def noise(runs: Sequence[Result]) -> dict[str, Any]:
    """Return, for each figure, what these runs of one thing differ from each other.

    Left out are figures of which there are too few runs, or zeros.
    """
    found = {}
    for figure in figures(runs):
        told = repeats.noise(figure.known)
        if told is not None:
            interval = told.ratio.interval
            found[figure.slug] = {
                "ratio": told.ratio.value,
                "interval": [interval.low, interval.high],
                "floor": told.floor,
            }
    return found
