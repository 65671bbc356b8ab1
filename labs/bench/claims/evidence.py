"""Judges a claim by the results of its runs. Pure: documents in, words out."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from labs.bench.claims import expectations
from labs.bench.claims.declaration import Claim
from labs.bench.claims.expectations import EvidenceRow, Observed


class Standing(StrEnum):
    """How a claim stands. `open`: some of its runs have not been made."""

    HOLDS = "holds"
    REFUTED = "refuted"
    INCONCLUSIVE = "inconclusive"
    NOT_MEASURABLE = "not_measurable"
    OPEN = "open"


@dataclass(frozen=True)
class Evidence:
    """How a claim stands, in a sentence, with all that was expected and measured."""

    standing: Standing
    sentence: str
    rows: tuple[EvidenceRow, ...]

    def rows_as_json(self) -> list[dict[str, Any]]:
        """Describe the rows for storage."""
        return [asdict(row) for row in self.rows]


def judge(claim: Claim, observed: Mapping[str, Observed]) -> Evidence:
    """Judge a claim. `observed` has an entry for the name of each of its runs."""
    rows = tuple(
        row
        for expectation in claim.expect
        for row in expectations.rows(expectation, observed)
    )
    missing = [
        name for name, each in observed.items() if not (each.result or each.unavailable)
    ]
    standing = _standing(rows, missing)
    return Evidence(standing, _sentence(standing, rows, observed), rows)


def _standing(rows: Sequence[EvidenceRow], missing: Sequence[str]) -> Standing:
    # First: one that contradicts is enough, whatever else has not been run.
    if any(row.holds is False for row in rows):
        return Standing.REFUTED
    if missing:
        return Standing.OPEN
    unsure = [row for row in rows if row.holds is None]
    # What this host does not have says nothing against what it has measured.
    if any(not row.unavailable for row in unsure):
        return Standing.INCONCLUSIVE
    return Standing.NOT_MEASURABLE if len(unsure) == len(rows) else Standing.HOLDS


# --- the sentence ---------------------------------------------------------------------


def _sentence(
    standing: Standing, rows: Sequence[EvidenceRow], observed: Mapping[str, Observed]
) -> str:
    if standing is Standing.REFUTED:
        against = [row for row in rows if row.holds is False]
        return _joined([_contradiction(row) for row in against], len(rows))
    if standing is Standing.OPEN:
        finished = sum(each.result is not None for each in observed.values())
        return f"{finished} of {len(observed)} runs have been made"
    unsure = [row for row in rows if row.holds is None]
    if standing in (Standing.INCONCLUSIVE, Standing.NOT_MEASURABLE):
        return _joined([f"{row.run}: {row.reason}" for row in unsure], len(rows))
    sentence = f"As expected in {_checks(len(rows) - len(unsure))}"
    absent = sorted({name for name, each in observed.items() if each.unavailable})
    return f"{sentence}; not here: {', '.join(absent)}" if absent else sentence


def _checks(number: int) -> str:
    return "the one check" if number == 1 else f"all {number} checks"


def _joined(sentences: Sequence[str], of: int, at_most: int = 2) -> str:
    left_out = len(sentences) - at_most
    more = f"; and {left_out} more of {of} checks" if left_out > 0 else ""
    return "; ".join(sentences[:at_most]) + more


def _contradiction(row: EvidenceRow) -> str:
    statement = row.statement[:1].lower() + row.statement[1:]
    measured = (
        row.measured
        if isinstance(row.measured, str)
        else expectations.plain(row.measured)
    )
    return f"{row.run}: {statement}: {measured}, expected {row.expected}"
