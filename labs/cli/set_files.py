"""Files that hold a set of runs, read for a comparison."""

import json
from pathlib import Path
from typing import Any

from labs.bench.contracts.errors import SpecError
from labs.bench.statistics import comparison, run_set

_INCOMPLETE = (KeyError, TypeError, AttributeError, ValueError)


def read_json(path: str) -> Any:
    """Return what is in a file of JSON; SpecError where that is none."""
    try:
        return json.loads(Path(path).read_text())
    except (OSError, ValueError) as error:
        raise SpecError(f"{path} cannot be read as JSON: {error}") from None


def read(path: str) -> dict[str, Any]:
    """Read a set file; SpecError for anything else, or where something is missing."""
    document = read_json(path)
    if not isinstance(document, dict) or document.get("schema") != run_set.SCHEMA:
        raise SpecError(f"{path} is no set of runs; lab run --repeat writes one")
    try:
        _check(document, path)
    except _INCOMPLETE as error:
        raise SpecError(f"{path} is an incomplete set: {error!r}") from None
    return document


def with_noise(path: str) -> dict[str, Any]:
    """Read a set file of `lab noise`; SpecError for one that has no noise."""
    document = read(path)
    if not document["noise"]:
        raise SpecError(f"No noise was measured in {path}; lab noise does")
    return document


def _check(document: dict[str, Any], path: str) -> None:
    """Refuse runs that are not of one thing, and whatever cannot be evaluated."""
    runs = document["runs"]
    if not runs:
        raise SpecError(f"There are no runs in {path}")
    servers = {json.dumps(run["server"], sort_keys=True) for run in runs}
    if len(servers) > 1:
        raise SpecError(f"The runs in {path} are of {len(servers)} different servers")
    if refused := comparison.refusal(runs):
        raise SpecError(f"The runs in {path} are no set. {refused}")
    run_set.document(runs)
    comparison.highest_floors(document["noise"])
    comparison.remarks(runs)
