"""Pages of the catalog: lists, and a page for each model and server."""

import difflib

from django.db.models import Prefetch, Q
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from models_catalog.markdown import render as render_markdown
from models_catalog.models import ConcurrencyModel, Server


@require_safe
def model_list(request):
    """List the families, each with its models and servers."""
    servers = Prefetch("servers", Server.objects.published())
    models = ConcurrencyModel.objects.published().prefetch_related(servers)
    context = {"families": _by_family(models)}
    return render(request, "models_catalog/model_list.html", context)


@require_safe
def model_detail(request, slug):
    """Show one concurrency model."""
    models = ConcurrencyModel.objects.published()
    model = _find_or_404("concurrency model", models.select_related("parent"), slug)
    context = {
        "model": model,
        "body": render_markdown(model.body),
        "servers": Server.objects.published().filter(
            Q(concurrency_model=model) | Q(concurrency_model__parent=model)
        ),
        "members": models.filter(parent=model),
        "others": models.exclude(pk=model.pk).filter(parent=model.parent),
    }
    return render(request, "models_catalog/model_detail.html", context)


@require_safe
def server_list(request):
    """List the servers, with the model each follows."""
    servers = Server.objects.published().select_related("concurrency_model")
    context = {"servers": servers}
    return render(request, "models_catalog/server_list.html", context)


@require_safe
def server_detail(request, slug):
    """Show one server, with its labs."""
    servers = Server.objects.published().select_related("concurrency_model")
    server = _find_or_404("server", servers, slug)
    context = {"server": server, "body": render_markdown(server.body)}
    return render(request, "models_catalog/server_detail.html", context)


def _by_family(models):
    """Pair each family with its models, in order; without a family one is its own."""
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


def _find_or_404(kind, pages, slug):
    page = pages.filter(slug=slug).first()
    if page is not None:
        return page
    known = pages.values_list("slug", flat=True)
    near = difflib.get_close_matches(slug, known, n=1, cutoff=0.4)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise Http404(f"There is no {kind} {slug[:60]!r}{hint}")
