"""Pages of the catalog: one for each model and server."""

import difflib

from django.db.models import Q
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from models_catalog.markdown import render as render_markdown
from models_catalog.models import ConcurrencyModel, Server


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
def server_detail(request, slug):
    """Show one server, with its labs."""
    servers = Server.objects.published().select_related("concurrency_model")
    server = _find_or_404("server", servers, slug)
    context = {"server": server, "body": render_markdown(server.body)}
    return render(request, "models_catalog/server_detail.html", context)


def _find_or_404(kind, pages, slug):
    page = pages.filter(slug=slug).first()
    if page is not None:
        return page
    known = pages.values_list("slug", flat=True)
    near = difflib.get_close_matches(slug, known, n=1, cutoff=0.4)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise Http404(f"There is no {kind} {slug[:60]!r}{hint}")
