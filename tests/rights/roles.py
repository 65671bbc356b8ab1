"""The people of the matrix, and what belongs to them."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
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


def clients() -> dict[str, Client]:
    """Return a browser for each role."""
    return {role: _browser(role) for role in sorted(EVERYBODY)}


def _browser(role: str) -> Client:
    client = Client(raise_request_exception=True)
    client.user = None
    if role in GUESTS:
        client.session.save()
        return client
    users = get_user_model().objects
    if role == "superuser":
        client.user = users.create_superuser(role)
    else:
        client.user = users.create_user(role, is_staff=role in STAFF)
    if role in GROUPS:
        client.user.groups.add(Group.objects.get(name=role))
    client.force_login(client.user)
    return client


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
