"""How claims stand, as a filter of the catalog's list of them."""

from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from labs.bench.claims.evidence import Standing
from labs.models import STANDINGS, Evidence
from models_catalog.hooks import ClaimFacet

_NEWEST = Evidence.objects.filter(claim=OuterRef("pk")).newest_first()

STANDING = ClaimFacet(
    name="standing",
    label="How it stands",
    labels=dict(STANDINGS),
    # A claim without evidence is open.
    value=Coalesce(Subquery(_NEWEST.values("standing")[:1]), Value(str(Standing.OPEN))),
)
