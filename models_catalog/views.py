"""Pages of the catalog: lists, and a page for each model and server."""

from django.db.models import Prefetch, Q
from django.shortcuts import render
from django.views.decorators.http import require_safe

from models_catalog import editions
from models_catalog.finding import find_or_404
from models_catalog.models import Claim, ConcurrencyModel, Server
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
    models = ConcurrencyModel.objects.published()
    model = find_or_404("concurrency model", models.select_related("parent"), slug)
    near = models.filter(Q(parent=model) | Q(parent=model.parent)).exclude(pk=model.pk)
    served = Q(concurrency_model=model) | Q(concurrency_model__parent=model)
    served |= Q(server_roles__concurrency_model=model)
    context = {
        "model": model,
        "body": text_of(model.body, editions.current()),
        "servers": Server.objects.published().filter(served).distinct(),
        "members": [other for other in near if other.parent_id == model.pk],
        "others": [other for other in near if other.parent_id != model.pk],
        "claims": Claim.objects.published().filter(concurrency_models=model),
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
    server = find_or_404("server", servers, slug)
    roles = server.server_roles.select_related("concurrency_model")
    context = {
        "server": server,
        "body": text_of(server.body, editions.current()),
        "roles": roles,
        "claims": Claim.objects.published().filter(servers=server),
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
