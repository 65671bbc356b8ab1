"""Claims that no run has given evidence for yet, for the curator's list."""

from models_catalog.models import Claim


def claims_without_evidence(kind):
    """Return {primary key: sentences} for such claims; {} for other kinds of page."""
    if kind is not Claim:
        return {}
    keys = Claim.objects.filter(evidence=None).order_by().values_list("pk", flat=True)
    return {key: ["No run has given evidence yet"] for key in keys}
