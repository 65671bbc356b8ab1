"""`lab compare`: two sets of runs, from files or made now, one against the other."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from labs.bench import comparison, sets
from labs.bench.comparison import Compared
from labs.bench.errors import SpecError
from labs.cli import exits
from labs.cli.repeat import Series, check_times, say, worst
from labs.cli.run import Wanted, check_path, prepare, write

SCHEMA = "concsite-comparison/1"

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Side:
    """What to run on one side, and knobs that this side alone has."""

    server: str
    knobs: Sequence[str] = ()


@dataclass(frozen=True)
class Options:
    """`noise_from` are set files of `lab noise`; `json_to` as of a run."""

    noise_from: Sequence[str] = ()
    json_to: str = ""
    quiet: bool = False


def files(left: str, right: str, options: Options, out: TextIO | None = None) -> int:
    """Compare two set files. SpecError for what is no set, or must not be compared."""
    documents = read(left), read(right)
    check_path(options.json_to)
    return _report(documents, options, out or _stream(options))


def servers(
    sides: tuple[Side, Side],
    wanted: Wanted,
    times: int,
    options: Options,
    out: TextIO | None = None,
) -> int:
    """Run two servers in turn, A B B A, `times` times each, and compare them.

    `wanted` has what both share. In turn, so that a slow drift of the machine is in
    both of them.
    """
    check_times(times)
    check_path(options.json_to)
    out = out or _stream(options)
    left, right = (
        prepare(replace(wanted, server=side.server, knobs=[*wanted.knobs, *side.knobs]))
        for side in sides
    )
    if (left.driver, left.knobs) == (right.driver, right.knobs):
        raise SpecError("Both sides are the same; lab noise runs one against itself")
    series = Series(out, quiet=options.quiet, total=2 * times)
    whole = all(series.run((left, right)[at]) for at in in_turn(times))
    results = series.of(left), series.of(right)
    if not whole or not all(results):
        return worst(series.codes)
    code = _report(tuple(map(sets.document, results)), options, out)
    return code or worst(series.codes)


def in_turn(times: int) -> Iterator[int]:
    """Yield 0 and 1 so often, as 0 1 1 0 0 1 1 0 ..."""
    for pair in range(times):
        yield from (0, 1) if pair % 2 == 0 else (1, 0)


def read(path: str) -> dict[str, Any]:
    """Read a set file; SpecError for anything else."""
    try:
        document = json.loads(Path(path).read_text())
    except (OSError, ValueError) as error:
        raise SpecError(f"{path} cannot be read as JSON: {error}") from None
    if not isinstance(document, dict) or document.get("schema") != sets.SCHEMA:
        raise SpecError(f"{path} is no set of runs; lab run --repeat writes one")
    if not document.get("runs"):
        raise SpecError(f"There are no runs in {path}")
    return document


def _report(documents: tuple[Document, Document], options: Options, out: TextIO) -> int:
    left, right = (sets.conclusive(document["runs"]) for document in documents)
    if refused := comparison.refusal([*left, *right]):
        raise SpecError(f"These sets cannot be compared. {refused}")
    if not left or not right:
        say(out, ["There is nothing to compare: all runs of a side are inconclusive"])
        return exits.INCONCLUSIVE
    names = _names(documents)
    floors = _floors(documents, options.noise_from, left, right)
    rows = comparison.compare(left, right, names, floors)
    say(out, _lines(names, (len(left), len(right)), rows, floors))
    write(_document(names, documents, rows), options.json_to)
    return exits.FINISHED


def _floors(
    documents: Iterable[Document], noise_from: Iterable[str], *runs: Sequence[Document]
) -> dict[str, float]:
    """Take what `lab noise` measured; without it, split each side against itself."""
    measured = [document.get("noise") for document in documents]
    measured += [read(path).get("noise") for path in noise_from]
    return comparison.highest_floors(*measured) or comparison.own_floors(*runs)


def _names(documents: tuple[Document, Document]) -> tuple[str, str]:
    """Call the sides by their servers, and by the knobs in which those differ."""
    left, right = (document["server"] for document in documents)
    if left["slug"] != right["slug"]:
        return left["name"], right["name"]
    differ = [n for n, v in left["knobs"].items() if right["knobs"].get(n) != v]
    if not differ:
        return f"{left['name']} (first)", f"{right['name']} (second)"
    return _called(left, differ), _called(right, differ)


def _called(server: Mapping[str, Any], knobs: Iterable[str]) -> str:
    told = ", ".join(f"{name} = {server['knobs'][name]}" for name in knobs)
    return f"{server['name']} ({told})"


def _lines(
    names: tuple[str, str],
    counts: tuple[int, int],
    rows: Sequence[Compared],
    floors: Mapping[str, float],
) -> Iterator[str]:
    yield f"{names[0]}, {counts[0]} runs, against {names[1]}, {counts[1]} runs"
    if not floors:
        yield "The noise floor was not measured; lab noise does, or 8 runs of each"
    yield from (f"  {row.sentence}" for row in rows)


def _document(
    names: tuple[str, str],
    documents: tuple[Document, Document],
    rows: Sequence[Compared],
) -> dict[str, Any]:
    left, right = documents
    return {
        "schema": SCHEMA,
        "names": list(names),
        "servers": [left["server"], right["server"]],
        "scenario": left["scenario"],
        "environment": left["environment"],
        "compared": {row.left.slug: row.as_json() for row in rows},
        "sets": [left, right],
    }


def _stream(options: Options) -> TextIO:
    return sys.stderr if options.json_to == "-" else sys.stdout
