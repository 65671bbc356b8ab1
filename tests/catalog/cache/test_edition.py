"""The edition: nothing stale is shown, whatever changed the rows."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.middleware.csrf import _does_token_match
from django.test import Client
from django.utils import timezone

from models_catalog.cache import edition
from models_catalog.files import reader
from models_catalog.models import Claim, GlossaryTerm, Load, Server, ServerRole, Source
from models_catalog.sync import sync
from tests.catalog import bundle

pytestmark = pytest.mark.django_db


@pytest.fixture
def synced(tmp_path):
    """The bundle in the rows, and its folder."""
    bundle.write(tmp_path)
    sync.sync(reader.read_all(tmp_path, tmp_path / "none"))
    return tmp_path


CHANGES = {
    "a row is saved": lambda: Load.objects.get().save(),
    "rows are updated": lambda: Load.objects.update(title="New"),
    "a row is deleted": lambda: Load.objects.get().delete(),
    "rows are deleted": lambda: Source.objects.all().delete(),
    "rows are made": lambda: GlossaryTerm.objects.bulk_create(
        [GlossaryTerm(slug="x", term="X", definition="Y")]
    ),
    "a relation is cleared": lambda: Claim.objects.get().servers.clear(),
    "a role is saved": lambda: ServerRole.objects.first().save(),
    "a role is deleted": lambda: ServerRole.objects.first().delete(),
}


class TestEdition:
    @pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
    def test_it_is_another_after(self, synced, change):
        before = edition.current()
        assert edition.current() == before
        change()
        assert edition.current() != before

    def test_a_sync_that_changes_something_renews_it(self, synced):
        before = edition.current()
        change = {"loads/slow.md": ("An attack.", "Another.")}
        bundle.write(synced, change)
        sync.sync(reader.read_all(synced, synced / "none"))
        assert edition.current() != before

    def test_a_change_taken_back_takes_it_back_too(self, synced):
        before = edition.current()
        with transaction.atomic():
            Load.objects.update(title="New")
            inside = edition.current()
            transaction.set_rollback(True)
        assert edition.current() == before != inside

    def test_a_scheduled_page_that_appears_changes_it(self, synced, monkeypatch):
        due = timezone.now() + timedelta(hours=1)
        Load.objects.update(status="scheduled", publish_at=due)
        before = edition.current()
        monkeypatch.setattr(timezone, "now", lambda: due + timedelta(seconds=1))
        assert edition.current() != before

    def test_a_catalog_without_one_gets_one(self):
        assert edition.current() == edition.current() != ""


@pytest.mark.django_db(transaction=True)
class TestBetweenRequests:
    def test_what_this_process_changes_is_seen_at_once(self, client):
        Source.objects.create(slug="a", title="Title before", authors="A", year=1999)
        assert "Title before" in client.get("/sources/").content.decode()
        Source.objects.update(title="Title after")
        page = client.get("/sources/").content.decode()
        assert "Title after" in page and "Title before" not in page


class TestPages:
    def test_a_page_shows_the_new_text(self, synced, client):
        assert "An attack." in client.get("/loads/slow/").content.decode()
        Load.objects.update(body="Another.")
        page = client.get("/loads/slow/").content.decode()
        assert "Another." in page and "An attack." not in page

    def test_a_note_shows_the_new_year(self, synced, client):
        assert "Dan Kegel, The C10K problem, 1999" in shown(client)
        Source.objects.update(year=2003)
        assert "Dan Kegel, The C10K problem, 2003" in shown(client)

    def test_a_source_that_becomes_a_draft_is_no_longer_named(self, synced, client):
        Source.objects.update(status="draft")
        assert "Kegel" not in shown(client) and "[@kegel" in shown(client)

    def test_a_server_that_becomes_a_draft_is_gone_from_its_model(self, synced, client):
        assert "Httpd" in shown(client)
        Server.objects.update(status="draft")
        assert "Httpd" not in shown(client)


def shown(client) -> str:
    return client.get("/models/pool/").content.decode()


class TestWholePages:
    FORM = 'name="csrfmiddlewaretoken" value="'

    def token(self, page) -> str:
        return page.content.decode().split(self.FORM)[1].split('"')[0]

    def test_a_kept_page_is_the_page(self, synced, ask):
        first, second = ask(), ask()
        tokens = [self.token(page) for page in (first, second)]
        plain = [
            page.content.decode().replace(token, "")
            for page, token in zip((first, second), tokens, strict=True)
        ]
        assert plain[0] == plain[1] and tokens[0] != tokens[1]
        assert first["Content-Type"] == second["Content-Type"]

    def test_its_forms_have_the_token_of_each_visitor(self, synced, ask):
        first, second = ask(), ask()
        for page in (first, second):
            secret = page.cookies["csrftoken"].value
            assert _does_token_match(self.token(page), secret)

    def test_who_is_logged_in_sees_a_page_of_their_own(self, synced, admin_client, ask):
        ask()
        assert "Log out" in admin_client.get("/models/pool/").content.decode()
        assert "Log out" not in ask().content.decode()

    def test_it_is_read_only_all_the_same(self, synced, client, ask):
        ask()
        assert client.post("/models/pool/").status_code == 405

    @pytest.fixture
    def ask(self):
        """Ask for the page of a model as somebody new."""
        return lambda: Client().get("/models/pool/")
