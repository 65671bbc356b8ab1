"""The admin: every page of it answers, to those who may see it and to nobody else."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.urls import reverse

from models_catalog.models import ROWS, Claim, ConcurrencyModel, Picture, Server
from tests.catalog.admin.test_pictures import bytes_of as picture
from tests.catalog.reading import Page

pytestmark = pytest.mark.django_db

KINDS = sorted(admin.site._registry, key=lambda kind: kind._meta.label_lower)
OURS = [*ROWS.values(), Picture]


def address(kind, page: str, *arguments) -> str:
    options = kind._meta
    name = f"admin:{options.app_label}_{options.model_name}_{page}"
    return reverse(name, args=arguments)


def label(kind) -> str:
    return kind._meta.label_lower


# Rows that the catalog's files do not bring along.
MAKERS = {
    "labs.labrun": lambda kind: kind.objects.create(
        server="nginx", scenario="slowloris", result={"a": 1}
    ),
    "labs.evidence": lambda kind: kind.objects.create(
        claim=Claim.objects.first(), standing="holds", sentence="It held", rows=[]
    ),
    "models_catalog.picture": lambda kind: kind.objects.create(
        file=ContentFile(picture(), "a.png"), alt="A queue of clients"
    ),
}


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    """Keep pictures in a directory of the test's own."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def row(request, seeded, admin_user):
    """Return one row of a kind."""

    def one(kind):
        if kind is Group:
            return Group.objects.get(name="curator")
        if make := MAKERS.get(label(kind)):
            return make(kind)
        return kind.objects.first()

    return one


@pytest.mark.parametrize("kind", KINDS, ids=label)
class TestEveryAdmin:
    def test_its_list_answers(self, admin_client, row, kind):
        assert row(kind)
        answer = admin_client.get(address(kind, "changelist"))
        assert answer.status_code == 200
        assert answer.context["cl"].result_count >= 1

    def test_its_search_answers_where_there_is_one(self, admin_client, row, kind):
        row(kind)
        answer = admin_client.get(address(kind, "changelist"), {"q": "zzzz"})
        assert answer.status_code == 200
        found = answer.context["cl"].result_count
        assert (found == 0) == bool(admin.site._registry[kind].search_fields)

    def test_its_form_for_a_new_row_answers(
        self, rf, admin_client, admin_user, row, kind
    ):
        request = rf.get("/")
        request.user = admin_user
        may = admin.site._registry[kind].has_add_permission(request)
        answer = admin_client.get(address(kind, "add"))
        assert answer.status_code == (200 if may else 403)

    def test_its_form_for_a_row_answers(self, admin_client, row, kind):
        page = address(kind, "change", row(kind).pk)
        assert admin_client.get(page).status_code == 200

    def test_its_history_answers(self, admin_client, row, kind):
        page = address(kind, "history", row(kind).pk)
        assert admin_client.get(page).status_code == 200

    def test_strangers_are_sent_to_the_login(self, client, row, kind):
        pk = row(kind).pk
        for page in (
            address(kind, "changelist"),
            address(kind, "add"),
            address(kind, "change", pk),
            address(kind, "delete", pk),
            address(kind, "history", pk),
        ):
            answer = client.get(page)
            assert answer.status_code == 302, page
            assert answer["Location"].startswith(reverse("admin:login"))

    def test_so_are_users_who_are_no_staff(self, client, row, kind):
        client.force_login(get_user_model().objects.create_user("ann"))
        answer = client.get(address(kind, "change", row(kind).pk))
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("admin:login"))


class TestWhatIsThere:
    def test_every_page_kind_and_every_run_is_in_it(self):
        assert {*OURS, apps.get_model("labs", "LabRun")} <= set(KINDS)

    def test_its_front_page_lists_them(self, admin_client):
        links = Page(admin_client.get("/admin/").content).values("a", "href")
        assert {address(kind, "changelist") for kind in KINDS} <= set(links)


# Of the rows below a new server: there are none.
MANAGEMENT = {
    f"{prefix}-{name}_FORMS": 0
    for prefix in ("server_roles", "Claim_servers", "cited_sources")
    for name in ("TOTAL", "INITIAL")
}


class TestCurator:
    @pytest.fixture
    def act(self, seeded, admin_client):
        """Choose an action in the list for some servers; return the page shown then."""

        def act(action: str, servers):
            data = {"action": action, "_selected_action": [s.pk for s in servers]}
            page = admin_client.post(address(Server, "changelist"), data, follow=True)
            assert page.status_code == 200
            return page.content.decode()

        return act

    def test_pages_can_be_hidden_and_shown(self, act, client):
        chosen = Server.objects.filter(slug__in=["nginx", "apache-worker"])
        act("unpublish", chosen)
        assert Server.objects.published().count() == Server.objects.count() - 2
        act("publish", chosen)
        assert Server.objects.published().count() == Server.objects.count()
        history = Server.objects.get(slug="nginx").history.all()
        statuses = [version.status for version in history[:3]]
        assert statuses == ["published", "draft", "published"]

    def test_the_files_version_can_be_taken_again(self, act):
        server = Server.objects.get(slug="nginx")
        before, server.body = server.body, "Mine."
        server.save()
        act("take_file_version", [server])
        server.refresh_from_db()
        assert server.body == before and server.is_as_in_file

    def test_a_page_without_a_file_is_named_and_stays(self, act):
        server = Server.objects.get(slug="nginx")
        server.slug, server.name = "elsewhere", "Elsewhere"
        server.save()
        assert "Elsewhere has no file" in act("take_file_version", [server])
        assert Server.objects.get(slug="elsewhere")

    def test_a_broken_file_is_said_and_changes_nothing(self, act, settings, tmp_path):
        settings.CATALOG_CONTENT_DIR = tmp_path
        (tmp_path / "models").mkdir()
        (tmp_path / "models/a.md").write_text("no front matter")
        before = list(Server.objects.values())
        assert "a.md:1: must begin with" in act(
            "take_file_version", Server.objects.all()
        )
        assert list(Server.objects.values()) == before

    def test_the_list_says_who_wrote_each_page(self, act, admin_client):
        Server.objects.filter(slug="nginx").update(summary="Mine.")
        Server.objects.filter(slug="single-thread").update(synced_digest="")
        text = admin_client.get(address(Server, "changelist")).content.decode()
        for origin in ("as in the file", "changed by a curator", "written here"):
            assert origin in text

    def test_a_new_page_can_be_written(self, seeded, admin_client, client):
        model = ConcurrencyModel.objects.get(slug="event-driven")
        data = {
            "name": "Mine",
            "slug": "mine",
            "concurrency_model": model.pk,
            "summary": "New.",
            "body": "# Loud\r\n\r\nText.",
            "status": "published",
            "order": 5,
            **MANAGEMENT,
        }
        assert admin_client.post(address(Server, "add"), data).status_code == 302
        assert client.get("/servers/mine/").status_code == 200

    def test_a_model_with_servers_cannot_be_deleted(self, seeded, admin_client):
        model = ConcurrencyModel.objects.get(slug="event-driven")
        page = admin_client.post(
            address(ConcurrencyModel, "delete", model.pk), {"post": "yes"}
        )
        assert page.status_code == 200
        assert "would require deleting" in page.content.decode()
        assert ConcurrencyModel.objects.filter(pk=model.pk).exists()
