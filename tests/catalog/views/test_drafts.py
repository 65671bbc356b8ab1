"""Pages that are not published: who sees them, and that nobody else ever does."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from models_catalog.models import ROWS, ConcurrencyModel, Load

pytestmark = pytest.mark.django_db

KINDS = [group for group in ROWS if group != "terms"]  # those with pages of their own
SECRET = "Not yet to be read"


@pytest.fixture
def drafts(small):
    """Make a draft of the first page of each kind; return their addresses by kind."""
    addresses = {}
    for group in KINDS:
        page = ROWS[group].objects.first()
        ROWS[group].objects.filter(pk=page.pk).update(status="draft", body=SECRET)
        addresses[group] = page.get_absolute_url()
    return addresses


def client_of(name: str, *permissions: str, **options) -> Client:
    user = get_user_model().objects.create_user(name, **options)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


class TestWhoSeesThem:
    @pytest.mark.parametrize("group", KINDS)
    def test_the_staff_does_with_a_banner(self, admin_client, drafts, group):
        text = admin_client.get(drafts[group]).content.decode()
        assert SECRET in text and "Draft, only staff see this" in text

    @pytest.mark.parametrize("group", KINDS)
    def test_visitors_do_not(self, drafts, group, admin_client):
        admin_client.get(drafts[group])
        assert Client().get(drafts[group]).status_code == 404

    def test_a_scheduled_page_says_until_when(self, admin_client, drafts):
        at = timezone.now() + timedelta(days=1)
        Load.objects.update(status="scheduled", publish_at=at)
        text = admin_client.get(drafts["loads"]).content.decode()
        assert f"Scheduled for {at:%Y-%m-%d %H:%M} UTC, until then only staff" in text

    def test_neither_an_account_nor_staff_status_is_enough(self, drafts):
        for client in (client_of("ann"), client_of("bob", is_staff=True)):
            assert client.get(drafts["loads"]).status_code == 404

    @pytest.mark.parametrize("action", ["view", "change"])
    def test_a_permission_is_for_its_own_kind(self, drafts, action):
        client = client_of("ann", f"{action}_load")
        assert SECRET in client.get(drafts["loads"]).content.decode()
        assert client.get(drafts["models"]).status_code == 404

    def test_an_account_that_was_closed_has_no_permission(self, drafts):
        user = get_user_model().objects.create_superuser("eve", is_active=False)
        assert not Load.objects.visible_to(user).exists()

    def test_a_published_page_has_no_banner(self, admin_client, small):
        assert "only staff" not in admin_client.get("/loads/slow/").content.decode()


class TestTheyLeaveNoTrace:
    @pytest.mark.parametrize("group", KINDS)
    def test_to_look_at_one_writes_nothing(self, admin_client, drafts, group):
        with CaptureQueriesContext(connection) as asked:
            admin_client.get(drafts[group])
        assert {query["sql"].split()[0] for query in asked} == {"SELECT"}

    @pytest.mark.parametrize("group", KINDS)
    def test_nothing_of_one_is_remembered(self, admin_client, drafts, group):
        cache.clear()
        assert SECRET in admin_client.get(drafts[group]).content.decode()
        stored = b"".join(cache._cache.values())
        assert SECRET.encode() not in stored and b"only staff" not in stored

    def test_no_list_feed_or_search_names_one(self, drafts, admin_client):
        model = ConcurrencyModel.objects.get(status="draft")
        ConcurrencyModel.objects.filter(pk=model.pk).update(title="Untold")
        admin_client.get(drafts["models"])
        places = (
            "/",
            "/models/",
            "/compare/",
            "/feeds/pages.atom",
            "/search/?q=untold",
        )
        for client in (Client(), admin_client):
            for place in places:
                page = client.get(place).content.decode()
                assert drafts["models"] not in page, place
        assert drafts["models"] not in Client().get("/sitemap.xml").content.decode()
