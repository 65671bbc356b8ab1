"""The front page, which joins the catalog and the labs."""

from django.db.models import OuterRef, Subquery
from django.shortcuts import render
from django.views.decorators.http import require_safe

from labs import host, outcome, owners, registry
from labs.models import LabRun
from models_catalog import whole_pages
from models_catalog.lately import lately
from models_catalog.models import ConcurrencyModel
from models_catalog.picture import picture

# Ordered by what they teach: the weakest first, so that the last one surprises.
# With each what claims of the catalog expect of it, and which of them.
_FIRST_RUNS = (
    ("single-thread", "One slow client is enough", "denied", "S2"),
    ("apache-prefork", "Eight processes, eight slow clients", "denied", "S5"),
    ("apache-worker", "Sixty-four threads, sixty-four slow clients", "denied", "S5"),
    ("nginx", "A thousand slow clients, two event loops", "holds", "S8"),
)
_SURE = ("holds", "degrades", "denied")
_RECENT = 6
_COLUMNS = ("pk", "verdict", "verdict_sentence", "message")  # what can change in it


@require_safe
@whole_pages.kept_whole
def home(request):
    """Show what this is, and a run two clicks away."""
    servers = registry.servers()
    models = list(ConcurrencyModel.objects.published())
    measured = {run.server: run for run in _first_measured()}
    context = {
        "families": [model for model in models if model.parent_id is None],
        "picture": picture(models),
        "first_runs": [
            {
                "server": servers[slug],
                "scenario": registry.scenarios()["slowloris"],
                "sentence": sentence,
                "measured": measured.get(slug),
                "expected": expected,
                "code": code,
                "url": outcome.form_url("slowloris", slug),
            }
            for slug, sentence, expected, code in _FIRST_RUNS
            if slug in servers
        ],
        "recent_runs": _recent(owners.of_request(request)),
        "labs_status": host.labs_status(),
    }
    return render(request, "home.html", context)


def _recent(owner):
    runs = LabRun.objects.visible_to(owner).for_lists()
    return runs.filter(status="finished")[:_RECENT]


def _first_measured():
    """Return the newest slowloris run of each of the first servers, open to all."""
    rows = LabRun.objects.for_lists().filter(
        scenario="slowloris",
        status="finished",
        visibility=LabRun.Visibility.LINK,
        verdict__in=_SURE,
    )
    same = rows.filter(server=OuterRef("server")).order_by("-finished_at")
    return rows.filter(
        server__in=[slug for slug, *_ in _FIRST_RUNS],
        pk=Subquery(same.values("pk")[:1]),
    )


@lately
def _beside_the_catalog():
    """Return a word for what nobody in particular sees here of labs and runs."""
    runs = _recent(owners.Owner()).values_list(*_COLUMNS)
    first = _first_measured().order_by("server").values_list(*_COLUMNS)
    return whole_pages.word_of(host.labs_status(), list(runs), list(first))


whole_pages.ALSO["home"] = _beside_the_catalog
