"""Each role at each address and socket of the site, against the table.

The addresses are those of the URL configuration itself: one that has no row fails.
"""

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from channels.db import database_sync_to_async
from django.contrib.auth.models import Group
from django.urls import get_resolver

from accounts.models import AuditEntry
from labs.live.routing import websocket_urlpatterns
from labs.models import Evidence
from tests.labs import runs
from tests.labs.sockets import close_code, watching
from tests.rights import roles
from tests.rights.table import (
    CHANGE_A_RUN,
    CHANGES_A_RUN,
    KINDS,
    READ_A_RUN,
    ROWS,
    SEES_A_RUN,
    Row,
)
from tests.shared_rows import shared_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lab_home")]


def routes(resolver=None, before=""):
    """Yield every route of the site, as its configuration writes it."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from routes(pattern, route)
        else:
            yield route


def table():
    """Return {route: row} with the admin's routes spelled out."""
    rows = dict(ROWS)
    for kind, may in KINDS.items():
        base = f"admin/{kind}/"
        one = f"{base}<path:object_id>/"
        rows |= {
            base: Row(may.view, "admin"),
            f"{base}add/": Row(may.add, "admin"),
            f"{one}history/": Row(may.view, "admin"),
            f"{one}delete/": Row(may.delete, "admin"),
            f"{one}change/": Row(may.view, "admin"),
            # It leads on to the form, which asks.
            one: Row(frozenset(roles.STAFF), "admin"),
        }
        rows |= {f"{base}{route}": row for route, row in may.pages.items()}
    return rows


# Not of anybody: the admin's list of an app, and whatever else stands below it.
PATTERNS = ("admin/^(?P<app_label>", "admin/(?P<url>")
ADDRESSES = sorted({route for route in routes() if not route.startswith(PATTERNS)})


def test_every_address_has_a_row_and_every_row_an_address():
    assert sorted([*table(), *READ_A_RUN, *CHANGE_A_RUN]) == ADDRESSES


def test_every_socket_has_a_test():
    found = [str(pattern.pattern) for pattern in websocket_urlpatterns]
    assert found == ["ws/runs/<str:run_id>/", ""]


@shared_rows
def guarded_site():
    """Fill a site with people and with what is not for everybody."""
    written = roles.write()
    written.pages["evidence"] = Evidence.objects.create(
        claim=written.pages["claim"], standing="open", sentence="X", rows=[]
    )
    written.pages["labrun"] = written.runs["an account's private run"]
    named = {"username": "x", "ip_address": "127.0.0.1", "user_agent": "x"}
    attempt = AccessAttempt.objects.create(failures_since_start=1, **named)
    written.pages["accessattempt"] = attempt
    written.pages["accesslog"] = AccessLog.objects.create(**named)
    written.pages["accessfailurelog"] = AccessFailureLog.objects.create(**named)
    written.pages["auditentry"] = AuditEntry.objects.first()
    written.pages["user"] = written.clients["account"].user
    written.pages["group"] = Group.objects.get(name="curator")
    return written


def answer(client, path, row):
    """Return how a browser is answered, in the words of the table."""
    response = getattr(client, row.method)(f"/{path}", row.data)
    if response.status_code == 302 and "/login/" in response.url:
        return "login"
    found = {403: "refused", 404: "absent"}.get(response.status_code, "open")
    # A form that lacks something is one that was let in.
    assert found != "open" or response.status_code < 500
    return found


def path_of(route, row, site):
    if row.path:
        return row.path.format(**site.pages)
    if "<path:object_id>" not in route:
        return route
    page = site.pages[route.split("/")[2]]
    return route.replace("<path:object_id>", str(page.pk))


@pytest.mark.parametrize("route", table())
def test_an_address_lets_in_whom_its_row_says(guarded_site, route):
    site = guarded_site
    row = table()[route]
    path = path_of(route, row, site)
    found = {who: answer(client, path, row) for who, client in people(site)}
    assert found == {who: row.answer(who) for who in found}


def people(site):
    """Return the roles with browsers that no other test has logged out."""
    for client in site.clients.values():
        client.cookies.load(client.first_cookies)
    return site.clients.items()


@pytest.mark.parametrize("kind", SEES_A_RUN)
@pytest.mark.parametrize("route", [*READ_A_RUN, *CHANGE_A_RUN])
def test_a_run_is_for_whom_its_row_says(guarded_site, route, kind):
    site = guarded_site
    run = site.runs[kind]
    changes = route in CHANGE_A_RUN
    let_in = (CHANGES_A_RUN if changes else SEES_A_RUN)[kind]
    row = Row(
        let_in,
        method="post" if changes else "get",
        data={"visibility": run.visibility} if changes else {},
    )
    path = route.replace("<uuid:run_id>", str(run.pk))
    found = {who: answer(client, path, row) for who, client in people(site)}
    assert found == {who: row.answer(who) for who in found}


class TestLists:
    @pytest.mark.parametrize("path", ["", "runs/"])
    def test_they_show_what_is_listed_and_what_is_theirs(self, guarded_site, path):
        site = guarded_site
        for who, client in people(site):
            text = client.get(f"/{path}").content.decode()
            found = {kind for kind, run in site.runs.items() if str(run.pk) in text}
            allowed = {
                kind
                for kind, run in site.runs.items()
                if run.visibility == "listed"
                or who in SEES_A_RUN["an account's private run"] - {"owner"}
                or (who == "owner" and kind != "a guest's private run")
                or (who == "guest" and kind == "a guest's private run")
            }
            assert found == allowed, who

    def test_a_feed_names_no_run_that_is_not_listed(self, guarded_site):
        site = guarded_site
        text = site.clients["other guest"].get("/feeds/evidence.atom").content.decode()
        assert not [run for run in site.runs.values() if str(run.pk) in text]


@pytest.mark.django_db(transaction=True)
class TestSockets:
    async def test_a_run_is_watched_by_whom_its_row_says(self):
        site = await database_sync_to_async(roles.write)()
        for kind, run in site.runs.items():
            found = {
                who: await self._opens(run, client)
                for who, client in site.clients.items()
            }
            wanted = {who: who in SEES_A_RUN[kind] for who in found}
            assert found == wanted, kind

    async def _opens(self, run, client):
        async with watching(run, client) as socket:
            first = await socket.receive_output(runs.WAIT_S)
            if first["type"] == "websocket.close":
                assert first["code"] == 4403
            return first["type"] == "websocket.send"

    async def test_any_other_leads_nowhere(self):
        async with watching("elsewhere") as socket:
            assert await close_code(socket) == 4404
