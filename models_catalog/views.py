"""Pages of the catalog: lists, and a page for each model and server."""

from django.db.models import Prefetch, Q
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject as lazy
from django.views.decorators.http import require_safe

from models_catalog import editions
from models_catalog.finding import claims_about, find_or_404
from models_catalog.models import ConcurrencyModel, Server
from models_catalog.texts import text_of


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
    edition, models = editions.current(), ConcurrencyModel.objects.published()
    model = find_or_404(
        "concurrency model", models.select_related("parent"), slug, edition
    )
    context = {
        "edition": edition,
        "model": model,
        "body": text_of(model.body, edition),
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
def server_list(request):
    """List the servers, with the model each follows."""
    servers = Server.objects.published().select_related("concurrency_model")
    context = {"servers": servers}
    return render(request, "models_catalog/server_list.html", context)


@require_safe
def server_detail(request, slug):
    """Show one server, with its labs."""
    edition = editions.current()
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
