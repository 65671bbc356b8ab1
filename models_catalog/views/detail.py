"""Pages of the catalog: one for each model and server."""

from django.db.models import Q
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject as lazy
from django.views.decorators.http import require_safe

from models_catalog.cache import edition as editions
from models_catalog.cache.rendered_text import parts_of, text_of
from models_catalog.cache.whole_page import kept_whole
from models_catalog.models import ConcurrencyModel, Server
from models_catalog.queries.lookup import claims_about, find_or_404


@require_safe
@kept_whole
def model_detail(request, slug):
    """Show one concurrency model."""
    edition, models = editions.of(request), ConcurrencyModel.objects.published()
    model = find_or_404(
        "concurrency model", models.select_related("parent"), slug, edition
    )
    context = {
        "edition": edition,
        "model": model,
        **dict(zip(("body", "cited"), parts_of(model.body, edition), strict=True)),
        "servers": lazy(lambda: _servers_of(model)),
        "claims": lazy(lambda: claims_about(concurrency_models=model)),
        "near": lazy(lambda: _near(model, models)),
    }
    return render(request, "models_catalog/model_detail.html", context)


def _servers_of(model):
    """Return the servers of a model or of its family, and those with it as a role."""
    follow = Q(concurrency_model=model) | Q(concurrency_model__parent=model)
    follow |= Q(server_roles__concurrency_model=model)
    return Server.objects.published().filter(follow).distinct()


def _near(model, models):
    """Return the models of a family, and those beside it; one query."""
    near = models.filter(Q(parent=model) | Q(parent=model.parent)).exclude(pk=model.pk)
    return {
        "members": [other for other in near if other.parent_id == model.pk],
        "others": [other for other in near if other.parent_id != model.pk],
    }


@require_safe
@kept_whole
def server_detail(request, slug):
    """Show one server, with its labs."""
    edition = editions.of(request)
    servers = Server.objects.published().select_related("concurrency_model")
    server = find_or_404("server", servers, slug, edition)
    context = {
        "edition": edition,
        "server": server,
        "body": text_of(server.body, edition),
        "roles": lazy(lambda: server.server_roles.select_related("concurrency_model")),
        "claims": lazy(lambda: claims_about(servers=server)),
    }
    return render(request, "models_catalog/server_detail.html", context)
