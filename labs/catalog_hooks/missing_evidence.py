"""Which claims no run has said anything about, for who keeps them."""

from models_catalog.models import Claim


def claims_without_evidence(kind):
    """Return {number of a claim: sentences} for those without; {} for other kinds."""
    if kind is not Claim:
        return {}
    rows = Claim.objects.filter(evidence=None).order_by()
    return {
        pk: ["No run has given evidence yet"]
        for pk in rows.values_list("pk", flat=True)
    }
