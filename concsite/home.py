"""The front page, which joins the catalog and the labs."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from concsite import first_runs
from labs.execution import host_status
from labs.models import LabRun
from labs.permissions import owners
from models_catalog import hooks
from models_catalog.cache.remembered import for_a_second
from models_catalog.cache.whole_page import whole_page, word_of
from models_catalog.diagrams.model_map import picture
from models_catalog.models import ConcurrencyModel

_RECENT = 6
_COLUMNS = ("pk", "verdict", "verdict_sentence", "message")  # what can change in it


@require_safe
@whole_page
def home(request):
    """Show what this is, and a run two clicks away."""
    models = list(ConcurrencyModel.objects.published())
    context = {
        "families": [model for model in models if model.parent_id is None],
        "picture": picture(models),
        "first_runs": first_runs.cards(),
        "recent_runs": _recent(owners.of_request(request)),
        "labs_status": host_status.labs_status(),
    }
    return render(request, "home.html", context)


def _recent(owner):
    runs = LabRun.objects.visible_to(owner).for_lists()
    return runs.filter(status="finished")[:_RECENT]


def _state_of_runs():
    """Return a word for what nobody in particular sees here of labs and runs."""
    runs = _recent(owners.Owner()).values_list(*_COLUMNS)
    first = [[getattr(run, name) for name in _COLUMNS] for run in first_runs.seen()]
    return word_of(host_status.labs_status(), list(runs), first)


class FrontPage(hooks.Hooks):
    """The front page is cached with those of the catalog; it shows runs too."""

    def page_state(self, view_name, arguments):
        """Return a word for the runs that it shows to everybody."""
        if view_name != "home":
            return ""
        return for_a_second("home", _state_of_runs)


hooks.register(FrontPage())
