"""Pages of claims, and of the attacks and loads that put them to the test."""

from django.shortcuts import render
from django.utils.functional import SimpleLazyObject as lazy
from django.views.decorators.http import require_safe

from models_catalog.cache import edition as editions
from models_catalog.cache.whole_page import whole_page
from models_catalog.models import Claim, Load
from models_catalog.queries.links import links_to
from models_catalog.queries.lookup import claims_about, find_or_404
from models_catalog.queries.texts import text_of


@require_safe
@whole_page
def claim_detail(request, slug):
    """Show a claim with its reasons and the pages it belongs to."""
    claim = find_or_404("claim", Claim.objects.all(), slug, request.user)
    context = {
        "claim": claim,
        "staff_notice": claim.staff_notice,
        "body": text_of(claim.body, editions.of_page(request, claim)),
        "links": _about(claim),
    }
    return render(request, "models_catalog/claim_detail.html", context)


def _about(claim):
    return links_to(
        models=claim.concurrency_models.published(),
        servers=claim.servers.published(),
        loads=claim.loads.published(),
        sources=claim.sources.published(),
    )


@require_safe
@whole_page
def load_detail(request, slug):
    """Show an attack, a load or an effect, with the claims about it."""
    load = find_or_404("attack or load", Load.objects.all(), slug, request.user)
    edition = editions.of_page(request, load)
    context = {
        "edition": edition,
        "load": load,
        "staff_notice": load.staff_notice,
        "body": text_of(load.body, edition),
        "claims": lazy(lambda: claims_about(loads=load)),
        "others": lazy(lambda: Load.objects.published().exclude(pk=load.pk)),
    }
    return render(request, "models_catalog/load_detail.html", context)
