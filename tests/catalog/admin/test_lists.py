"""Lists and start page of the admin, and the Markdown preview's endpoint."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from models_catalog.models import ROWS, Claim, ConcurrencyModel, Load, Server
from tests.catalog.forms import address
from tests.catalog.markdown.test_render import HTML, MARKDOWN, acts
from tests.catalog.reading import Page

pytestmark = pytest.mark.django_db

MARKDOWN_URL = "/admin/catalog/markdown/"


@pytest.fixture
def act(small, admin_client):
    """Choose an action in the list for some rows; return the answer."""

    def act(action: str, rows):
        kind = type(rows[0])
        data = {"action": action, "_selected_action": [row.pk for row in rows]}
        return admin_client.post(address(kind, "changelist"), data, follow=True)

    return act


class TestActions:
    def test_publishing_says_what_it_did_and_who(self, act, admin_user):
        ConcurrencyModel.objects.filter(slug="pool").update(status="draft")
        answer = act("publish", list(ConcurrencyModel.objects.all()))
        text = answer.content.decode()
        assert "1 concurrency model published; 1 already was" in text
        newest = ConcurrencyModel.objects.get(slug="pool").history.first()
        assert newest.status == "published" and newest.history_user == admin_user

    @pytest.mark.parametrize("kind", ROWS.values(), ids=ROWS)
    def test_a_clone_is_a_draft_of_the_same_content(self, act, kind):
        row = kind.objects.first()
        answer = act("clone_pages", [row])
        copy = kind.objects.exclude(slug__in=["pool", "loop"]).latest("id")
        assert copy.pk != row.pk and copy.status == "draft"
        assert answer.redirect_chain[-1][0] == address(kind, "change", copy.pk)
        names = {"slug", "code"}
        ours, theirs = copy.content(), row.content()
        assert {k: v for k, v in ours.items() if k not in names} == {
            k: v for k, v in theirs.items() if k not in names
        }

    def test_many_clones_have_slugs_and_codes_of_their_own(self, act):
        for _ in range(12):
            act("clone_pages", [Claim.objects.order_by("id")[0]])
        assert Claim.objects.values("slug").distinct().count() == 13
        assert Claim.objects.values("code").distinct().count() == 13

    def test_a_clone_of_a_page_with_a_long_slug(self, act):
        Load.objects.update(slug="x" * 60)
        act("clone_pages", [Load.objects.get()])
        assert Load.objects.filter(slug="x" * 55 + "-copy").exists()


class TestSearch:
    @pytest.mark.parametrize("kind", ROWS.values(), ids=ROWS)
    def test_a_list_is_searched_by_slug(self, admin_client, small, kind):
        slug = kind.objects.first().slug
        page = address(kind, "changelist")
        assert admin_client.get(page, {"q": slug}).context["cl"].result_count == 1
        assert admin_client.get(page, {"q": "zzzz"}).context["cl"].result_count == 0

    def test_relations_are_completed_from_a_few_letters(self, admin_client, small):
        asked = {
            "term": "ke",
            "app_label": "models_catalog",
            "model_name": "claim",
            "field_name": "sources",
        }
        found = admin_client.get("/admin/autocomplete/", asked).json()["results"]
        assert [one["text"] for one in found] == ["The C10K problem"]


class TestStartPage:
    def test_it_names_drafts_what_is_scheduled_and_what_is_missing(
        self, admin_client, small
    ):
        at = timezone.now() + timedelta(days=1)
        Load.objects.update(status="draft")
        Server.objects.update(status="scheduled", publish_at=at)
        text = admin_client.get("/admin/").content.decode()
        assert "<h3>Drafts</h3>" in text and "<h3>Scheduled</h3>" in text
        assert f"from {at:%Y-%m-%d %H:%M} UTC" in text
        assert "It has no diagram" in text

    def test_what_has_appeared_is_not_scheduled_any_more(self, admin_client, small):
        at = timezone.now() - timedelta(days=1)
        Server.objects.update(status="scheduled", publish_at=at)
        assert "<h3>Scheduled</h3>" not in admin_client.get("/admin/").content.decode()

    def test_it_tells_who_changed_what(self, admin_client, admin_user, small):
        load = Load.objects.get()
        load.title, load._history_user = "Changed title", admin_user
        load.save()
        text = admin_client.get("/admin/").content.decode()
        assert "Changed title" in text and "Changed by admin" in text

    def test_a_deleted_page_is_one_click_from_its_last_version(
        self, admin_client, small
    ):
        Claim.objects.get().delete()
        page = Page(admin_client.get("/admin/").content)
        (link, *_) = [
            a for a in page.values("a", "href") if "/claim/" in a and "history" in a
        ]
        assert admin_client.get(link).status_code == 200

    def test_an_empty_catalog_needs_nothing(self, admin_client, db):
        text = admin_client.get("/admin/").content.decode()
        assert "Nothing in the catalog does." in text


class TestMarkdownPreview:
    def test_it_is_rendered_as_on_pages(self, admin_client, small):
        text = "**Bold** [@kegel] and a [worker](term:worker)."
        html = admin_client.post(MARKDOWN_URL, {"text": text}).content.decode()
        assert "<strong>Bold</strong>" in html and "The C10K problem" in html
        assert "A process or thread that serves." in html

    @pytest.mark.parametrize("payload", [*HTML, *MARKDOWN])
    def test_nothing_in_it_acts(self, admin_client, payload):
        html = admin_client.post(MARKDOWN_URL, {"text": payload}).content.decode()
        assert acts(html) == []

    def test_a_text_that_is_too_long_is_said(self, admin_client, settings):
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 3 * 1024 * 1024
        answer = admin_client.post(MARKDOWN_URL, {"text": "x" * (1024 * 1024 + 1)})
        assert answer.status_code == 413
        assert answer.content.decode() == (
            "A text must be at most 1048576 characters, not 1048577"
        )

    def test_it_is_for_the_staff_and_by_post(self, admin_client):
        assert admin_client.get(MARKDOWN_URL).status_code == 405
        answer = Client().post(MARKDOWN_URL, {"text": "x"})
        assert answer.status_code == 302 and "/admin/login/" in answer["Location"]

    def test_it_needs_the_token_of_the_form(self, admin_user, db):
        client = Client(enforce_csrf_checks=True)
        client.force_login(admin_user)
        assert client.post(MARKDOWN_URL, {"text": "x"}).status_code == 403
