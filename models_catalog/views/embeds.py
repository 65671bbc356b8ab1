"""A diagram or a claim as a small page that other sites may show in a frame.

It knows nothing of the visitor: no session, no token, nothing that can be sent. Its
links open outside the frame.
"""

from csp.decorators import csp_replace
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.cache import cache_control
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from models_catalog.models import Claim, ConcurrencyModel
from models_catalog.queries.lookup import find_or_404

_THEMES = ("light", "dark")
_MAX_AGE_S = 5 * 60


def embeddable(view):
    """Let any site show a view's page in a frame, and browsers keep it for a while."""
    view = csp_replace({"frame-ancestors": ["*"]})(view)
    view = cache_control(public=True, max_age=_MAX_AGE_S)(view)
    return require_safe(xframe_options_exempt(view))


@embeddable
def model(request, slug):
    """Show a model's diagram."""
    rows = ConcurrencyModel.objects.select_related("parent")
    page = find_or_404("concurrency model", rows, slug)
    return _answer(request, "embed/model.html", page)


@embeddable
def claim(request, slug):
    """Show a claim, and how it stands."""
    page = find_or_404("claim", Claim.objects.all(), slug)
    return _answer(request, "embed/claim.html", page)


def _answer(request, template, page):
    theme = request.GET.get("theme")
    context = {
        "page": page,
        "address": request.build_absolute_uri(page.get_absolute_url()),
        "theme": theme if theme in _THEMES else "",
    }
    # Without the request: what reads it would ask for the visitor's session.
    return HttpResponse(render_to_string(template, context))
