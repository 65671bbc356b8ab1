"""Documents of several runs: the types of docs/set, comparison and claims.schema.json.

A test holds them to each other, as with the result document.
"""

from collections.abc import Mapping
from typing import Any, TypedDict

from labs.bench.contracts.result_document import (
    EnvironmentEntry,
    ResultDocument,
    ScenarioEntry,
    ServerEntry,
)

Bounds = list[float]  # an interval: its lower and its upper end


class FigureEntry(TypedDict):
    """One number of several runs, with its spread."""

    statement: str
    unit: str
    value: float
    of: str
    least: float
    most: float
    interval: Bounds | None
    confidence: float
    values: list[float | None]


class NoiseEntry(TypedDict):
    """By how much runs of one thing differ from each other in a figure."""

    ratio: float
    interval: Bounds
    floor: float


class SetDocument(TypedDict):
    """Runs of one thing, one after the other."""

    schema: str
    server: ServerEntry
    scenario: ScenarioEntry
    environment: EnvironmentEntry
    seeds: list[int]
    verdicts: dict[str, int]
    figures: dict[str, FigureEntry]
    noise: dict[str, NoiseEntry] | None
    runs: list[ResultDocument]


class ComparedEntry(TypedDict):
    """One figure of two sets, and what is known of the difference."""

    statement: str
    unit: str
    left: float | None
    right: float | None
    ratio: float | None
    shift: float | None
    interval: Bounds | None
    noise_floor: float | None
    difference: str | None
    sentence: str


class ComparisonDocument(TypedDict):
    """Two sets of runs, compared."""

    schema: str
    names: list[str]
    servers: list[ServerEntry]
    scenario: ScenarioEntry
    environment: EnvironmentEntry
    remarks: list[str]
    compared: dict[str, ComparedEntry]
    sets: list[SetDocument]


class ClaimRowEntry(TypedDict):
    """One thing that was expected of a run, or of several."""

    run: str
    statement: str
    measured: Any  # a figure, a word, or what a finding measured
    expected: str
    holds: bool | None
    reason: str
    unavailable: bool


class ClaimEntry(TypedDict):
    """How one claim of the catalog stands on a machine."""

    code: str
    slug: str
    statement: str
    standing: str
    flipped_from: str
    sentence: str
    rows: list[ClaimRowEntry]
    runs: list[str]
    versions: Mapping[str, str]
    host: str
    made_at: str


class ClaimsDocument(TypedDict):
    """What `lab claims --json` writes."""

    schema: str
    claims: list[ClaimEntry]
