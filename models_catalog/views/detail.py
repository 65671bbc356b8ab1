"""Pages of the catalog: one for each model and server."""

from django.db.models import Q
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject as lazy
from django.views.decorators.http import require_safe

from models_catalog.cache import edition as editions
from models_catalog.cache.whole_page import whole_page
from models_catalog.models import ConcurrencyModel, Server
from models_catalog.queries.lookup import claims_about, find_or_404
from models_catalog.queries.texts import text_of


@require_safe
@whole_page
def model_detail(request, slug):
    """Show one concurrency model."""
    models = ConcurrencyModel.objects.select_related("parent")
    model = find_or_404("concurrency model", models, slug, request.user)
    edition = editions.of_page(request, model)
    text = text_of(model.body, edition)
    context = {
        "edition": edition,
        "model": model,
        "staff_notice": model.staff_notice,
        "body": text.text,
        "cited": text.cited,
        "servers": _servers_of(model),
        "claims": lazy(lambda: claims_about(concurrency_models=model)),
        "near": _near(model),
    }
    return render(request, "models_catalog/model_detail.html", context)


def _servers_of(model):
    """Return the servers of a model or of its family, and those with it as a role."""
    follow = Q(concurrency_model=model) | Q(concurrency_model__parent=model)
    follow |= Q(server_roles__concurrency_model=model)
    return Server.objects.published().filter(follow).distinct()


def _near(model):
    """Return the models of a family, and those beside it; one query."""
    family = Q(parent=model) | Q(parent=model.parent)
    near = ConcurrencyModel.objects.published().filter(family).exclude(pk=model.pk)
    return {
        "members": [other for other in near if other.parent_id == model.pk],
        "others": [other for other in near if other.parent_id != model.pk],
    }


@require_safe
@whole_page
def server_detail(request, slug):
    """Show one server, with its labs."""
    servers = Server.objects.select_related("concurrency_model")
    server = find_or_404("server", servers, slug, request.user)
    edition = editions.of_page(request, server)
    context = {
        "edition": edition,
        "server": server,
        "staff_notice": server.staff_notice,
        "body": text_of(server.body, edition),
        "roles": server.server_roles.select_related("concurrency_model"),
        "claims": lazy(lambda: claims_about(servers=server)),
    }
    return render(request, "models_catalog/server_detail.html", context)
