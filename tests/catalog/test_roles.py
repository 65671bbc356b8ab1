"""Curator, teacher, operator: what each may open and do, and what not."""

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group

from models_catalog.models import ROWS, Picture
from tests.catalog.forms import address, opened

pytestmark = pytest.mark.django_db

PAGES = [*ROWS.values(), Picture]
RUN, EVIDENCE = apps.get_model("labs", "LabRun"), apps.get_model("labs", "Evidence")
ACCOUNTS = [get_user_model(), Group]


def label(kind) -> str:
    return kind._meta.label_lower


@pytest.fixture
def enter(client, small):
    """Log somebody in who has one role and nothing else; return their client."""

    def enter(role):
        user = get_user_model().objects.create_user(role, is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        client.force_login(user)
        return client

    return enter


@pytest.fixture
def run():
    return RUN.objects.create(server="nginx", scenario="slowloris", result={"a": 1})


def opens(client, kind, page, *arguments) -> bool:
    code = client.get(address(kind, page, *arguments)).status_code
    assert code in (200, 403)
    return code == 200


class TestCurator:
    @pytest.mark.parametrize("kind", PAGES, ids=label)
    def test_every_kind_of_page_can_be_written(self, enter, kind):
        client = enter("curator")
        assert opens(client, kind, "changelist") and opens(client, kind, "add")
        if row := kind.objects.first():
            assert opens(client, kind, "change", row.pk)
            assert opens(client, kind, "history", row.pk)
            assert opens(client, kind, "delete", row.pk)
            assert opens(client, kind, "import")
            data = opened(client, kind, row.pk)
            saved = client.post(address(kind, "change", row.pk), data)
            assert saved.status_code == 302

    def test_files_can_be_fetched_and_brought_in(self, enter):
        client = enter("curator")
        assert client.get("/admin/catalog/bundle/").status_code == 200
        assert client.get("/admin/catalog/bundle/download/").status_code == 200

    @pytest.mark.parametrize("kind", [*ACCOUNTS, RUN], ids=label)
    def test_accounts_and_runs_are_not_theirs(self, enter, kind):
        assert not opens(enter("curator"), kind, "changelist")

    def test_flipped_claims_are_theirs_to_look_at(self, enter):
        assert opens(enter("curator"), EVIDENCE, "changelist")


class TestTeacher:
    @pytest.mark.parametrize("kind", PAGES, ids=label)
    def test_every_kind_of_page_can_be_read_and_none_written(self, enter, kind):
        client = enter("teacher")
        assert opens(client, kind, "changelist") and not opens(client, kind, "add")
        if row := kind.objects.first():
            assert opens(client, kind, "change", row.pk)
            assert opens(client, kind, "history", row.pk)
            assert not opens(client, kind, "delete", row.pk)
            assert not opens(client, kind, "import")
            page = address(kind, "change", row.pk)
            assert client.post(page, {"title": "Mine"}).status_code == 403

    def test_drafts_can_be_read_at_their_address(self, enter):
        ROWS["loads"].objects.update(status="draft")
        assert enter("teacher").get("/loads/slow/").status_code == 200

    def test_nothing_can_be_restored_previewed_or_cloned(self, enter):
        client = enter("teacher")
        load = ROWS["loads"].objects.get()
        version = load.history.last().pk
        page = address(type(load), "simple_history", load.pk, version)
        assert client.post(page, {"seen": ""}).status_code == 403
        assert client.post(address(type(load), "preview", load.pk)).status_code == 403
        assert client.post(address(type(load), "preview_new")).status_code == 403
        assert client.post(address(type(load), "clone", load.pk)).status_code == 403

    def test_files_can_be_fetched_and_not_brought_in(self, enter):
        client = enter("teacher")
        assert client.get("/admin/catalog/bundle/").status_code == 403
        assert client.get("/admin/catalog/bundle/download/").status_code == 200

    def test_pictures_can_be_seen_and_not_added(self, enter):
        client = enter("teacher")
        assert client.get("/admin/catalog/pictures/").status_code == 200
        assert client.post("/admin/catalog/pictures/").status_code == 403

    def test_runs_can_be_read(self, enter, run):
        client = enter("teacher")
        assert opens(client, RUN, "changelist") and opens(client, RUN, "change", run.pk)
        assert not opens(client, RUN, "delete", run.pk)

    @pytest.mark.parametrize("kind", ACCOUNTS, ids=label)
    def test_accounts_are_not_theirs(self, enter, kind):
        assert not opens(enter("teacher"), kind, "changelist")


class TestOperator:
    def test_runs_can_be_read_stopped_and_deleted(self, enter, run):
        client = enter("operator")
        assert opens(client, RUN, "changelist") and opens(client, RUN, "change", run.pk)
        data = {"action": "stop", "_selected_action": [run.pk]}
        client.post(address(RUN, "changelist"), data)
        run.refresh_from_db()
        assert run.status == "cancelled"
        client.post(address(RUN, "delete", run.pk), {"post": "yes"})
        assert not RUN.objects.exists()

    def test_the_start_page_says_how_the_host_is(self, enter):
        text = enter("operator").get("/admin/").content.decode()
        assert "This host" in text and "Needs attention" not in text

    @pytest.mark.parametrize("kind", [*PAGES, *ACCOUNTS], ids=label)
    def test_pages_and_accounts_are_not_theirs(self, enter, kind):
        assert not opens(enter("operator"), kind, "changelist")

    def test_neither_is_what_stands_beside_them(self, enter):
        client = enter("operator")
        for page in ("bundle/", "bundle/download/", "pictures/"):
            assert client.get(f"/admin/catalog/{page}").status_code == 403
        assert client.post("/admin/catalog/markdown/", {"text": "x"}).status_code == 403


class TestMigration:
    @pytest.mark.parametrize(
        "app, name",
        [
            ("models_catalog", "0014_curators_and_teachers"),
            ("labs", "0003_operators_and_what_others_see_of_runs"),
        ],
    )
    def test_a_second_time_nothing_changes_and_nothing_is_taken(self, app, name):
        group = Group.objects.get(name="curator")
        extra = apps.get_model("auth", "Permission").objects.get(codename="view_user")
        group.permissions.add(extra)
        before = {one: {*one.permissions.all()} for one in Group.objects.all()}
        import_module(f"{app}.migrations.{name}").make(apps, None)
        assert {one: {*one.permissions.all()} for one in Group.objects.all()} == before

    def test_a_group_that_is_missing_is_made(self):
        Group.objects.all().delete()
        name = "models_catalog.migrations.0014_curators_and_teachers"
        import_module(name).make(apps, None)
        assert Group.objects.get(name="curator").permissions.count() == 4 * 8
        assert Group.objects.get(name="teacher").permissions.count() == 8
