"""What pages show of claims' evidence, and the button that runs a claim now."""

from dataclasses import dataclass
from functools import cached_property

from django.db.models import OuterRef, Prefetch, Subquery, prefetch_related_objects

from labs.bench.claims.declaration import SOURCE
from labs.bench.claims.evidence import Standing
from labs.claims import evaluation, evidence_rows
from labs.models import Evidence, LabRun
from models_catalog.models import Claim


@dataclass(frozen=True)
class ClaimCard:
    """A claim with its newest evidence, or None."""

    claim: Claim
    evidence: Evidence | None

    @cached_property
    def rows(self):
        """What was expected and seen, each with links to its runs."""
        return evidence_rows.rows(self.claim, self.evidence) if self.evidence else ()

    @cached_property
    def runs(self):
        """The runs that the evidence rests on, as evidence_rows.EvidenceRun."""
        return evidence_rows.runs_of(self.claim, self.evidence) if self.evidence else []

    @property
    def newest(self):
        """The newest of its runs; None without any."""
        return max(self.runs, key=lambda each: each.run.finished_at, default=None)

    @property
    def figure(self):
        """The row that says most; None where nothing was measured."""
        standing = self.evidence.standing if self.evidence else None
        is_refuted = standing == Standing.REFUTED
        return evidence_rows.headline(self.rows, is_refuted)

    @cached_property
    def problem(self):
        """Why the claim cannot be run as it is written; "" where it can."""
        return next(iter(evaluation.problems(self.claim)), "")

    @property
    def can_run(self):
        """Whether there is anything to run: not where a source alone is read."""
        if self.problem:
            return False
        return any(entry.get("scenario") != SOURCE for entry in self.claim.runs)


def cards(rows):
    """Return a card for each claim, in their order. Two queries, however many."""
    rows = list(rows)
    found = {each.claim_id: each for each in _newest(rows)} if rows else {}
    return [ClaimCard(row, found.get(row.pk)) for row in rows]


def standings(rows):
    """Return a card for each claim, in their order, for how it stands alone: one query.

    What it rests on would be asked for row by row.
    """
    rows = list(rows)
    found = {each.claim_id: each for each in _newest_alone(rows)} if rows else {}
    return [ClaimCard(row, found.get(row.pk)) for row in rows]


def _newest_alone(rows):
    same = Evidence.objects.filter(claim=OuterRef("claim")).newest_first()
    return Evidence.objects.filter(claim__in=rows, pk=Subquery(same.values("pk")[:1]))


def _newest(rows):
    return _newest_alone(rows).prefetch_related(_open_runs())


def _open_runs():
    """Return what reads evidence's runs, but for those somebody has hidden since."""
    runs = evidence_rows.with_settings(LabRun.objects.for_lists())
    return Prefetch("runs", runs.filter(visibility=LabRun.Visibility.LINK))


def flipped():
    """Return evidence that says the opposite of what was sure, and nobody has seen."""
    rows = Evidence.objects.exclude(flipped_from="").filter(seen_at=None)
    newest = {each.claim_id: each for each in _newest(rows.values("claim"))}
    return [each for each in newest.values() if each.is_flipped]


def with_history(claim, most=10):
    """Return a claim's card, and its evidence, the newest first. Two queries."""
    evidence = list(Evidence.objects.filter(claim=claim).newest_first()[:most])
    prefetch_related_objects(evidence[:1], _open_runs())
    return ClaimCard(claim, next(iter(evidence), None)), evidence
