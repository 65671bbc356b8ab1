"""The people of the matrix, and what belongs to them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from models_catalog.models import (
    Claim,
    ConcurrencyModel,
    GlossaryTerm,
    Load,
    Picture,
    Server,
    Source,
)
from tests.labs import runs

GUESTS = {"guest", "other guest"}
ACCOUNTS = {"account", "owner"}
GROUPS = {"curator", "teacher", "operator"}
STAFF = GROUPS | {"staff", "superuser"}
EVERYBODY = frozenset(GUESTS | ACCOUNTS | STAFF)


MAKE_GROUPS = (
    "models_catalog.migrations.0014_curators_and_teachers",
    "labs.migrations.0003_operators_and_what_others_see_of_runs",
)


def clients() -> dict[str, Client]:
    """Return a browser for each role."""
    if not Group.objects.exists():  # a test that commits has emptied all tables
        for migration in MAKE_GROUPS:
            import_module(migration).make(apps, None)
    return {role: _browser(role) for role in sorted(EVERYBODY)}


def _browser(role: str) -> Client:
    client = Client(raise_request_exception=True)
    client.user = None
    if role in GUESTS:
        client.session.save()
    else:
        client.user = _account(role)
        client.force_login(client.user)
    client.first_cookies = {name: it.value for name, it in client.cookies.items()}
    return client


def _account(role: str):
    users = get_user_model().objects
    if role == "superuser":
        return users.create_superuser(role)
    user = users.create_user(role, is_staff=role in STAFF)
    if role in GROUPS:
        user.groups.add(Group.objects.get(name=role))
    return user


@dataclass(frozen=True)
class Site:
    """What the addresses lead to: drafts of all kinds, and runs of two owners."""

    clients: dict[str, Client]
    pages: dict[str, object]
    runs: dict[str, object]


def write() -> Site:
    """Write the rows of a site on which everything is private."""
    people = clients()
    draft = {"slug": "x", "status": "draft"}
    model = ConcurrencyModel.objects.create(title="X", position=(5, 5), **draft)
    pages = {
        "concurrencymodel": model,
        "server": Server.objects.create(name="X", concurrency_model=model, **draft),
        "load": Load.objects.create(title="X", kind="attack", **draft),
        "source": Source.objects.create(title="X", authors="X", year=1999, **draft),
        "glossaryterm": GlossaryTerm.objects.create(term="X", **draft),
        "claim": Claim.objects.create(statement="X", code="S1", **draft),
        "picture": Picture(pk=1, alt="X", width=1, height=1, file="pictures/x.png"),
    }
    pages["picture"].file._committed = True
    pages["picture"].save()
    for page in pages.values():
        page.first_version = page.history.first().pk if hasattr(page, "history") else 0
    pages["type_of_claim"] = ContentType.objects.get_for_model(Claim)
    made = {
        "an account's private run": ("owner", "private"),
        "a guest's private run": ("guest", "private"),
        "a run by link": ("owner", "link"),
        "a listed run": ("owner", "listed"),
    }
    return Site(
        people,
        pages,
        {
            name: runs.finished(client=people[who], visibility=visibility)
            for name, (who, visibility) in made.items()
        },
    )
