"""A set: runs of the same thing one after the other, and what they say together.

Pure: made of result documents.
"""

from collections import Counter
from collections.abc import Sequence

from labs.bench.contracts.events import Verdict
from labs.bench.contracts.result_document import ResultDocument
from labs.bench.contracts.set_document import NoiseEntry, SetDocument
from labs.bench.statistics import noise as repeats
from labs.bench.statistics.figures import Figure, figures

SCHEMA = "concsite-set/1"


def document(runs: Sequence[ResultDocument]) -> SetDocument:
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


def conclusive(runs: Sequence[ResultDocument]) -> list[ResultDocument]:
    """Return the runs whose numbers may be used."""
    # Their own checks do not believe the others, and no judge gave None a verdict.
    return [run for run in runs if run["verdict"] not in (None, Verdict.INCONCLUSIVE)]


def noise(several: Sequence[Figure]) -> dict[str, NoiseEntry]:
    """Return, for each figure, by how much runs of one thing differ in it.

    Left out are figures of which there are too few runs, or zeros, or which not every
    run has.
    """
    found: dict[str, NoiseEntry] = {}
    for figure in several:
        measured = repeats.noise(figure.known) if figure.complete else None
        if measured is not None:
            found[figure.slug] = {
                "ratio": measured.ratio.value,
                "interval": measured.interval.as_json(),
                "floor": measured.floor,
            }
    return found
