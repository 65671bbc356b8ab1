"""The facets that each list of the catalog has."""

from models_catalog import choices, hooks
from models_catalog.facets.base import Facet, Facets, Sort
from models_catalog.models import Claim, ConcurrencyModel, Load, Server, Source

IN_LABS = {"yes": "Runs in the labs", "no": "Described only"}
MADE_IN_LABS = {"yes": "A lab makes it", "no": "Described only"}


class ModelFacets(Facets):
    """The facets of concurrency models; rows need `family`, the family's slug."""

    unit = Facet("Unit of concurrency", choices.UNITS)
    io = Facet("I/O", choices.IO_STYLES)
    scheduler = Facet("Scheduler", choices.SCHEDULERS)
    isolation = Facet("Isolation", choices.ISOLATIONS)
    limited_by = Facet("Limit", choices.LIMITS)
    family = Facet("Family")
    sort = Sort(fields={"order": "order", "title": "name"})

    class Meta:
        model = ConcurrencyModel
        fields = ()


class ServerFacets(Facets):
    """The facets of servers; rows need `model`, `family` and `lab`, and `unit`, `io`,
    `scheduler`, `isolation` and `limited_by` of the model that each follows.

    The first two are slugs, the third is one of IN_LABS.
    """

    lab = Facet("In the labs", IN_LABS)
    family = Facet("Family")
    model = Facet("Concurrency model")
    language = Facet("Language")
    unit = Facet("Unit of concurrency", choices.UNITS)
    io = Facet("I/O", choices.IO_STYLES)
    scheduler = Facet("Scheduler", choices.SCHEDULERS)
    isolation = Facet("Isolation", choices.ISOLATIONS)
    limited_by = Facet("Limit", choices.LIMITS)
    sort = Sort(fields={"order": "order", "name": "name"})

    class Meta:
        model = Server
        fields = ()


class ClaimFacets(Facets):
    """The facets of claims, after those of other apps (`Hooks.claim_facets`)."""

    load = Facet("Attack or load", of_many="loads__slug")
    model = Facet("Concurrency model", of_many="concurrency_models__slug")
    server = Facet("Server", of_many="servers__slug")

    SORTS = {"": "In order of learning"}

    class Meta:
        model = Claim
        fields = ()

    def __init__(self, data, rows, known):
        added = [facet for app in hooks.registered() for facet in app.claim_facets()]
        columns = {facet.name: facet.value for facet in added}
        # FilterSet copies its class's filters from here; these are of this list alone.
        self.base_filters = {one.name: _facet(one) for one in added} | self.base_filters
        super().__init__(data, rows.annotate(**columns), known)


def _facet(added):
    facet = Facet(added.label, added.labels)
    facet.field_name = added.name
    return facet


class LoadFacets(Facets):
    """The facets of attacks and loads; rows need `lab`, one of MADE_IN_LABS."""

    kind = Facet("Kind", choices.LOAD_KINDS)
    lab = Facet("In the labs", MADE_IN_LABS)
    sort = Sort(fields={"title": "name"})

    class Meta:
        model = Load
        fields = ()


class SourceFacets(Facets):
    """The facets of sources; rows need `period`, one of PERIODS."""

    kind = Facet("Kind", choices.SOURCE_KINDS)
    period = Facet("Published", choices.PERIODS)
    sort = Sort(fields={"title": "title", "year": "year"})

    SORTS = {
        "": "By author",
        "title": "By title",
        "-year": "Newest first",
        "year": "Oldest first",
    }

    class Meta:
        model = Source
        fields = ()
