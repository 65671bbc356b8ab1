"""Feeds, the sitemap and what crawlers are told."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from labs.models import Evidence
from models_catalog.models import Claim, ConcurrencyModel, Server

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def entries(client, address):
    answer = client.get(address)
    assert answer["Content-Type"].startswith("application/atom+xml")
    return ElementTree.fromstring(answer.content).findall(f"{ATOM}entry")


def titles(client, address="/feeds/pages.atom"):
    return [entry.findtext(f"{ATOM}title") for entry in entries(client, address)]


def make(slug="a-model", **fields):
    return ConcurrencyModel.objects.create(slug=slug, title="A model", **fields)


class TestChangedPages:
    def test_a_page_that_has_just_been_made_is_new(self, client):
        make(summary="What it is")
        (entry,) = entries(client, "/feeds/pages.atom")
        assert entry.findtext(f"{ATOM}title") == "New model: A model"
        assert entry.findtext(f"{ATOM}summary") == "What it is"
        assert entry.find(f"{ATOM}link").get("href").endswith("/models/a-model/")

    def test_one_that_was_made_before_has_changed(self, client):
        page = make()
        ConcurrencyModel.objects.update(created_at=page.created_at - timedelta(days=3))
        assert titles(client) == ["Changed model: A model"]

    def test_the_newest_change_comes_first(self, client):
        older, _ = make(), make("another")
        ConcurrencyModel.objects.filter(slug="another").update(
            updated_at=older.updated_at - timedelta(days=1),
            created_at=older.created_at - timedelta(days=9),
        )
        assert titles(client) == ["New model: A model", "Changed model: A model"]

    def test_drafts_and_what_is_not_due_are_left_out(self, client):
        make(status="draft")
        later = timezone.now() + timedelta(days=1)
        make("later", status="scheduled", publish_at=later)
        assert titles(client) == []

    def test_a_scheduled_page_is_new_when_it_is_due(self, client):
        due = timezone.now() - timedelta(seconds=5)
        page = make(status="scheduled", publish_at=due)
        ConcurrencyModel.objects.update(created_at=page.created_at - timedelta(days=9))
        assert titles(client) == ["New model: A model"]

    def test_it_asks_once_a_kind(self, client, django_assert_max_num_queries):
        for number in range(30):
            make(f"model-{number}")
        with django_assert_max_num_queries(8):
            titles(client)


class TestNewEvidence:
    def give(self, claim, standing="holds", **fields):
        return Evidence.objects.create(
            claim=claim, standing=standing, sentence="Seen so", rows=[], **fields
        )

    def claim(self, **fields):
        given = {"slug": "a-claim", "code": "Q1", "statement": "It is so", "body": "b"}
        return Claim.objects.create(**given | fields)

    def test_it_says_how_a_claim_stands(self, client):
        self.give(self.claim())
        (entry,) = entries(client, "/feeds/evidence.atom")
        assert entry.findtext(f"{ATOM}title") == "Q1: Holds. It is so"
        assert entry.find(f"{ATOM}link").get("href").endswith("/claims/a-claim/")

    def test_what_has_flipped_says_what_it_was(self, client):
        claim = self.claim()
        self.give(claim)
        self.give(claim, "refuted", flipped_from="holds")
        newest, oldest = entries(client, "/feeds/evidence.atom")
        assert "Refuted, and was: holds" in newest.findtext(f"{ATOM}title")
        assert newest.find(f"{ATOM}category").get("term") == "flipped"
        assert newest.findtext(f"{ATOM}id") != oldest.findtext(f"{ATOM}id")

    def test_claims_that_are_drafts_are_left_out(self, client):
        self.give(self.claim(status="draft"))
        assert titles(client, "/feeds/evidence.atom") == []


class TestCrawlers:
    def addresses(self, client):
        tree = ElementTree.fromstring(client.get("/sitemap.xml").content)
        return [place.text for place in tree.iter(f"{SITEMAP}loc")]

    def test_robots_name_the_sitemap(self, client):
        text = client.get("/robots.txt").content.decode()
        assert "Sitemap: http://testserver/sitemap.xml" in text
        assert "Disallow: /admin/" in text

    def test_the_sitemap_lists_every_published_page(self, client, seeded):
        found = self.addresses(client)
        wanted = [
            f"http://testserver{page.get_absolute_url()}"
            for kind in (ConcurrencyModel, Server, Claim)
            for page in kind.objects.published()
        ]
        assert set(wanted) <= set(found) and len(found) == len(set(found))

    def test_a_draft_is_not_in_it(self, client):
        make(status="draft")
        assert "http://testserver/models/a-model/" not in self.addresses(client)

    def test_it_asks_once_a_kind(self, client, seeded, django_assert_max_num_queries):
        with django_assert_max_num_queries(8):
            client.get("/sitemap.xml")

    def test_pages_name_the_feeds(self, client):
        html = client.get("/").content.decode()
        for address in ("/feeds/pages.atom", "/feeds/evidence.atom"):
            assert 'type="application/atom+xml"' in html and address in html
