"""`lab compare`: two sets of runs, from files or made now, one against the other."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TextIO

from labs.bench.contracts.errors import SpecError
from labs.bench.statistics import comparison, noise, run_set
from labs.bench.statistics.comparison import Compared
from labs.bench.statistics.figures import figures
from labs.cli import exit_codes, set_files
from labs.cli.output_file import check_path, print_lines, stream_beside, write
from labs.cli.repeat import RunSeries, check_times, verdicts
from labs.cli.run import RunRequest, prepare

Document = Mapping[str, Any]


@dataclass(frozen=True)
class ServerSide:
    """What to run on one side, and knobs that this side alone has."""

    server: str
    knobs: Sequence[str] = ()


@dataclass(frozen=True)
class CompareOptions:
    """`noise_from` are set files of `lab noise`; `json_to` as of a run."""

    noise_from: Sequence[str] = ()
    json_to: str = ""
    quiet: bool = False


def files(
    left: str, right: str, options: CompareOptions, out: TextIO | None = None
) -> int:
    """Compare two set files. SpecError for what is no set, or must not be compared."""
    documents: tuple[Document, Document] = set_files.read(left), set_files.read(right)
    noises = [set_files.with_noise(path) for path in options.noise_from]
    check_path(options.json_to)
    return _report(documents, noises, options, out or stream_beside(options.json_to))


def servers(
    sides: tuple[ServerSide, ServerSide],
    wanted: RunRequest,
    times: int,
    options: CompareOptions,
    out: TextIO | None = None,
) -> int:
    """Run two servers in turn, A B B A, `times` times each, and compare them.

    `wanted` has what both share. In turn, so that a slow drift of the machine is in
    both of them.
    """
    check_times(times)
    noises = [set_files.with_noise(path) for path in options.noise_from]
    check_path(options.json_to)
    out = out or stream_beside(options.json_to)
    left, right = (
        prepare(replace(wanted, server=side.server, knobs=[*wanted.knobs, *side.knobs]))
        for side in sides
    )
    if (left.driver, left.knobs) == (right.driver, right.knobs):
        raise SpecError("Both sides are the same; lab noise runs one against itself")
    series = RunSeries(out, quiet=options.quiet, total=2 * times)
    # Where it is stopped half way, the runs until then are still compared.
    all(series.run((left, right)[at]) for at in noise.in_turn(times))
    results = series.results_of(left), series.results_of(right)
    if not results[0] or not results[1]:
        print_lines(
            out, ["There is nothing to compare: a side has no run that finished"]
        )
        return exit_codes.worst(series.codes)
    documents = run_set.document(results[0]), run_set.document(results[1])
    code = _report(documents, noises, options, out)
    return exit_codes.worst([code, *series.codes])


def _report(
    documents: tuple[Document, Document],
    noises: Sequence[Document],
    options: CompareOptions,
    out: TextIO,
) -> int:
    _refuse("These sets cannot be compared", documents)
    _refuse("The noise was measured under other conditions", [*documents, *noises])
    left, right = (figures(run_set.conclusive(doc["runs"])) for doc in documents)
    names = _names(documents)
    floors = comparison.own_floors(left, right) | comparison.highest_floors(
        *(document.get("noise") for document in [*documents, *noises])
    )
    rows = comparison.compare(left, right, names, floors) if left and right else []
    document = _document(names, documents, rows)
    print_lines(out, _lines(document, floors))
    lost = write(document, options.json_to)
    return lost or (exit_codes.FINISHED if rows else exit_codes.INCONCLUSIVE)


def _refuse(why: str, documents: Iterable[Document]) -> None:
    runs = [run for document in documents for run in document["runs"]]
    if refused := comparison.refusal(runs):
        raise SpecError(f"{why}. {refused}")


def _names(documents: tuple[Document, Document]) -> tuple[str, str]:
    """Call the sides by their servers, and by the version or knobs that differ."""
    left, right = (document["server"] for document in documents)
    if left["slug"] != right["slug"]:
        return left["name"], right["name"]
    if left["version"] != right["version"]:
        return _with_version(left), _with_version(right)
    differ = [n for n, v in left["knobs"].items() if right["knobs"].get(n) != v]
    if not differ:
        return f"{left['name']} (first)", f"{right['name']} (second)"
    return _called(left, differ), _called(right, differ)


def _with_version(server: Mapping[str, Any]) -> str:
    return f"{server['name']} {server['version']}"


def _called(server: Mapping[str, Any], knobs: Iterable[str]) -> str:
    settings = ", ".join(f"{name} = {server['knobs'][name]}" for name in knobs)
    return f"{server['name']} ({settings})"


def _lines(document: Document, floors: Mapping[str, float]) -> Iterator[str]:
    for name, side in zip(document["names"], document["sets"], strict=True):
        yield f"{name}: {verdicts(side)}"
    yield from document["remarks"]
    if not document["compared"]:
        yield "There is nothing to compare: all runs of a side are inconclusive"
    elif not floors:
        yield "The noise floor was not measured; lab noise does, or 12 runs of each"
    yield from (f"  {row['sentence']}" for row in document["compared"].values())


def _document(
    names: tuple[str, str],
    documents: tuple[Document, Document],
    rows: Sequence[Compared],
) -> dict[str, Any]:
    left, right = documents
    return {
        "schema": comparison.SCHEMA,
        "names": list(names),
        "servers": [left["server"], right["server"]],
        "scenario": left["scenario"],
        "environment": left["environment"],
        "remarks": comparison.remarks([*left["runs"], *right["runs"]]),
        "compared": {row.figure.slug: row.as_json() for row in rows},
        "sets": [left, right],
    }
