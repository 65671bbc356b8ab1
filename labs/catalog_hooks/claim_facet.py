"""How claims stand, as a facet of the catalog's list of them."""

from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from labs.bench.claims.evidence import Standing
from labs.models import Evidence
from models_catalog.facets.base import Facet

_NEWEST = Evidence.objects.filter(claim=OuterRef("pk")).newest_first()
_LABELS = dict(Evidence._meta.get_field("standing").choices)

# The facet, and what gives a claim's value: without evidence it is open.
FACET = (
    Facet("How it stands", _LABELS),
    Coalesce(Subquery(_NEWEST.values("standing")[:1]), Value(str(Standing.OPEN))),
)
