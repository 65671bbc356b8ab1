"""A set: runs of the same thing one after the other, and what they say together.

Pure: made of result documents.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from labs.bench.contracts.events import Verdict
from labs.bench.statistics import noise as repeats
from labs.bench.statistics.figures import Figure, figures

SCHEMA = "concsite-set/1"

Result = Mapping[str, Any]


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


def noise(several: Sequence[Figure]) -> dict[str, Any]:
    """Return, for each figure, what runs of one thing differ from each other in it.

    Left out are figures of which there are too few runs, or zeros, or which not every
    run has.
    """
    found = {}
    for figure in several:
        told = repeats.noise(figure.known) if figure.complete else None
        if told is not None:
            interval = told.ratio.interval
            found[figure.slug] = {
                "ratio": told.ratio.value,
                "interval": [interval.low, interval.high],
                "floor": told.floor,
            }
    return found
