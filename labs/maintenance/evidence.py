"""Old evidence of claims: what changed how a claim stands stays, repetitions go.

Whenever a run ends, each claim that wants such a run has new evidence, and every one
names all its runs. Without a bound these rows outgrow everything else.
"""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from labs.maintenance.quiet import wait_while_measuring
from labs.models import Evidence
from models_catalog.models import Claim


def prune() -> str:
    """Remove old evidence that says again what the one before it said."""
    limit = timezone.now() - timedelta(days=settings.LABS_EVIDENCE_DAYS)
    removed = 0
    for key in Claim.objects.order_by("pk").values_list("pk", flat=True):
        wait_while_measuring()
        removed += _prune_claim(key, limit)
    return f"Old evidence that repeats what was known: {removed} removed"


def _prune_claim(claim_id, limit) -> int:
    rows = Evidence.objects.filter(claim_id=claim_id).order_by("made_at", "pk")
    columns = list(rows.values_list("pk", "standing", "made_at"))
    repeated = [
        pk
        for (_, before, _), (pk, standing, made_at) in zip(
            columns, columns[1:], strict=False
        )
        if standing == before and made_at < limit
    ]
    newest = columns[-1][0] if columns else None
    gone = [pk for pk in repeated if pk != newest]
    Evidence.objects.filter(pk__in=gone).delete()
    return len(gone)
