"""Lists of the catalog, with their facets."""

from pathlib import Path

from django.conf import settings
from django.db.models import Case, F, Prefetch, Value, When
from django.db.models.functions import Coalesce
from django.shortcuts import render
from django.views.decorators.http import require_safe

from models_catalog import choices
from models_catalog.cache import edition as editions
from models_catalog.cache.whole_page import whole_page
from models_catalog.compare.selection import Picks
from models_catalog.facets.lists import (
    ClaimFacets,
    LoadFacets,
    ModelFacets,
    ServerFacets,
    SourceFacets,
)
from models_catalog.models import Claim, ConcurrencyModel, Load, Server, Source

# Those of a server are its model's.
_TRAITS = ("unit", "io", "scheduler", "isolation", "limited_by")
_KINDS_IN_WORDS = {"attack": "Attacks", "load": "Loads", "effect": "Effects"}


@require_safe
@whole_page
def model_list(request):
    """List the families, each with its models and servers."""
    servers = Prefetch("servers", Server.objects.published())
    rows = ConcurrencyModel.objects.published().annotate(
        family=Coalesce("parent__slug", "slug")
    )
    titles = dict(rows.filter(parent=None).values_list("slug", "title"))
    facets = ModelFacets(request.GET, rows, {"family": titles})
    models = facets.qs.prefetch_related(servers)
    context = {
        "facets": facets,
        "groups": facets.groups(),
        "count": len(models),
        "families": _by_family(models, facets.sort == "name"),
        "picks": Picks("models", request.GET, models),
    }
    return render(request, "models_catalog/model_list.html", context)


@require_safe
@whole_page
def server_list(request):
    """List the servers, with the model each follows."""
    family = Coalesce("concurrency_model__parent__slug", "concurrency_model__slug")
    in_labs = Case(
        When(slug__in=slugs_in_labs(), then=Value("yes")), default=Value("no")
    )
    rows = Server.objects.published().annotate(
        model=F("concurrency_model__slug"),
        family=family,
        lab=in_labs,
        **{name: F(f"concurrency_model__{name}") for name in _TRAITS},
    )
    facets = ServerFacets(request.GET, rows, _known_of_servers(rows))
    servers = facets.qs.select_related("concurrency_model")
    context = {
        "facets": facets,
        "groups": facets.groups(),
        "servers": servers,
        "picks": Picks("servers", request.GET, servers),
    }
    return render(request, "models_catalog/server_list.html", context)


@require_safe
@whole_page
def claim_list(request):
    """List the claims, each with its newest evidence."""
    edition = editions.of(request)
    facets = ClaimFacets(request.GET, Claim.objects.published(), _known_of_claims())
    claims = facets.qs
    context = {
        "edition": edition,
        "facets": facets,
        "groups": facets.groups(),
        "claims": claims,
        "count": len(claims),
        "key": "" if facets.is_filtered else "all",
    }
    return render(request, "models_catalog/claim_list.html", context)


@require_safe
@whole_page
def load_list(request):
    """List attacks, loads and effects, kind by kind."""
    lab = Case(When(scenario="", then=Value("no")), default=Value("yes"))
    facets = LoadFacets(request.GET, Load.objects.published().annotate(lab=lab), {})
    loads = facets.qs
    kinds = {word: [] for word in choices.LOAD_KINDS}
    for load in loads:
        kinds[load.kind].append(load)
    context = {
        "facets": facets,
        "groups": facets.groups(),
        "count": len(loads),
        "kinds": [(_KINDS_IN_WORDS[kind], found) for kind, found in kinds.items()],
    }
    return render(request, "models_catalog/load_list.html", context)


@require_safe
@whole_page
def source_list(request):
    """List the sources, by author unless asked otherwise."""
    periods = (When(year__gte=int(y), then=Value(y)) for y in choices.PERIODS)
    rows = Source.objects.published().annotate(period=Case(*periods))
    facets = SourceFacets(request.GET, rows, {})
    context = {"facets": facets, "groups": facets.groups(), "sources": facets.qs}
    return render(request, "models_catalog/source_list.html", context)


def slugs_in_labs():
    """Return the slugs of servers whose page stands beside a driver of the labs."""
    pages = Path(settings.CATALOG_SERVER_PAGES).glob("[!_.]*/catalog.md")
    return sorted(page.parent.name for page in pages)


def _known_of_servers(rows):
    """Return the choices of models, families and languages."""
    models = ConcurrencyModel.objects.published().values_list("slug", "title", "parent")
    languages = rows.exclude(language="").order_by("language")
    languages = languages.values_list("language", flat=True).distinct()
    return {
        "model": {slug: title for slug, title, _ in models},
        "family": {slug: title for slug, title, parent in models if parent is None},
        "language": {language: language for language in languages},
    }


def _known_of_claims():
    """Return the choices of loads, models and servers. One query."""
    kinds = {"load": Load, "model": ConcurrencyModel, "server": Server}
    first, *others = (
        kind.objects.published()
        .order_by()
        .values_list("order", "slug", F(kind.title_field), Value(name))
        for name, kind in kinds.items()
    )
    known = {name: {} for name in kinds}
    for _, slug, title, name in sorted(first.union(*others)):
        known[name][slug] = title
    return known


def _by_family(models, apart=False):
    """Pair each family with its models, in order; without a family one is its own.

    With `apart` each model stands alone.
    """
    if apart:
        return [(model, []) for model in models]
    shown = {model.pk: model for model in models}
    families = {model: [] for model in models if model.parent_id not in shown}
    for model in models:
        family = _family_of(model, shown)
        members = families.setdefault(family, [])
        if family != model:
            members.append(model)
    return families.items()


def _family_of(model, shown):
    for _ in shown:  # no longer than that: a curator may have closed a ring
        if model.parent_id not in shown:
            break
        model = shown[model.parent_id]
    return model
