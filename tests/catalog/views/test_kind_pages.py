"""Pages of claims, loads, sources and terms, as a visitor gets them."""

from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from models_catalog.files import reader
from models_catalog.models import ROWS, Claim, GlossaryTerm, Load, Server, Source
from models_catalog.sync import sync
from tests.catalog import bundle
from tests.catalog.reading import Page

pytestmark = pytest.mark.django_db

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def get(client, tmp_path):
    """Read the bundle into the rows; return what shows the page at an address."""
    bundle.write(tmp_path)
    sync.sync(reader.read_all(tmp_path, tmp_path / "none"))

    def get(address: str) -> Page:
        answer = client.get(address)
        assert answer.status_code == 200, address
        return Page(answer.content)

    return get


class TestClaims:
    @pytest.mark.parametrize(
        "address", ["/claims/", "/models/pool/", "/servers/httpd/", "/loads/slow/"]
    )
    def test_a_claim_is_on_every_page_that_it_belongs_to(self, get, address):
        assert "/claims/pool-serves-n/" in get(address).values("a", "href")

    def test_its_page_leads_to_what_it_is_about(self, get):
        page = get("/claims/pool-serves-n/")
        assert page.texts("h1") == ["A pool of N serves N."]
        links = {"/models/pool/", "/models/loop/", "/servers/httpd/", "/loads/slow/"}
        assert links | {"/sources/kegel/"} <= set(page.values("a", "href"))
        assert "Why." in page.texts("article")[0]

    def test_it_names_no_draft(self, get):
        Server.objects.update(status="draft")
        page = get("/claims/pool-serves-n/")
        assert "/servers/httpd/" not in page.values("a", "href")

    def test_a_draft_is_on_no_page(self, get):
        Claim.objects.update(status="draft")
        for address in ("/claims/", "/models/pool/", "/servers/httpd/"):
            assert "/claims/pool-serves-n/" not in get(address).values("a", "href")


class TestLoads:
    def test_they_are_listed_by_kind(self, get):
        Load.objects.create(slug="c10k", title="C10k", kind="load", body="Many.")
        assert get("/loads/").texts("h2") == ["Attacks", "Loads"]

    def test_a_page_leads_to_its_lab(self, get):
        assert "/labs/slowloris/" in get("/loads/slow/").values("a", "href")

    def test_one_without_a_lab_says_nothing_of_it(self, get):
        Load.objects.update(scenario="")
        assert "Try it in the lab" not in get("/loads/slow/").texts("a")


class TestSources:
    def test_a_page_says_who_cites_it(self, get):
        links = get("/sources/kegel/").values("a", "href")
        assert {"/models/pool/", "/claims/pool-serves-n/"} <= set(links)
        assert "/models/loop/" not in links

    def test_one_that_nobody_cites_says_so(self, get):
        Source.objects.create(slug="new", title="New", authors="A", year=2020)
        assert "No page cites it yet." in get("/sources/new/").texts("p")

    def test_a_text_that_cites_ends_with_its_sources(self, get):
        page = get("/models/pool/")
        assert "Sources" in page.texts("h2")
        links = page.values("a", "href")
        assert {"/sources/kegel/", "http://www.kegel.com/c10k.html"} <= set(links)
        assert {"#cited-1", "#cite-1-1"} <= set(links)

    def test_one_that_cites_nothing_has_no_such_list(self, get):
        assert "Sources" not in get("/models/loop/").texts("h2")


class TestGlossary:
    def test_terms_stand_below_their_letters(self, get):
        GlossaryTerm.objects.create(slug="actor", term="actor", definition="An actor.")
        page = get("/glossary/")
        assert page.texts("h2") == ["A", "W"]
        assert {"#letter-A", "#letter-W"} <= set(page.values("a", "href"))
        assert page.values("div", "id") == ["actor", "worker"]

    def test_a_term_has_its_definition_its_spellings_and_who_uses_it(self, get):
        page = get("/glossary/")
        assert "A process or thread that serves." in page.texts("p")
        assert "also workers, worker process" in page.texts("span")
        assert "/models/pool/" in page.values("a", "href")

    def test_texts_lead_to_it(self, get):
        assert "/glossary/#worker" in get("/models/pool/").values("a", "href")

    def test_no_identifier_is_given_twice_though_terms_cite(self, get):
        GlossaryTerm.objects.update(body="[@kegel] [w](term:worker)")
        GlossaryTerm.objects.create(
            slug="b", term="b", definition="B.", body="[@kegel] [w](term:worker)"
        )
        ids = [a["id"] for _, a in get("/glossary/").tags if "id" in a]
        assert len(ids) == len(set(ids)) and "b-cited-1" in ids


class TestUnknown:
    @pytest.mark.parametrize(
        "address, hint",
        [
            ("/claims/pool-serves/", "There is no claim 'pool-serves'; did you mean"),
            ("/loads/slaw/", "did you mean slow?"),
            ("/sources/kegl/", "did you mean kegel?"),
            ("/sources/zzzz/", "There is no source 'zzzz'"),
        ],
    )
    def test_they_are_404_with_a_hint(self, get, client, address, hint):
        answer = client.get(address)
        assert answer.status_code == 404
        assert hint in unescape(answer.content.decode())


class TestScheduled:
    def test_a_page_is_there_from_its_time_on(self, get, client):
        for ahead, code in ((1, 404), (-1, 200)):
            at = timezone.now() + timedelta(hours=ahead)
            Load.objects.update(status="scheduled", publish_at=at)
            assert client.get("/loads/slow/").status_code == code


class TestHostileRows:
    def test_every_field_is_shown_as_text(self, get, client):
        Claim.objects.update(statement=EVIL, body=EVIL)
        Load.objects.update(title=EVIL, summary=EVIL, body=EVIL)
        Source.objects.update(title=EVIL, authors=EVIL, venue=EVIL, body=EVIL)
        GlossaryTerm.objects.update(term=EVIL, definition=EVIL, also=[EVIL], body=EVIL)
        rows = [row for kind in ROWS.values() for row in kind.objects.all()]
        addresses = {row.get_absolute_url().partition("#")[0] for row in rows}
        for address in {"/claims/", "/loads/", "/sources/", *addresses}:
            text = client.get(address).content.decode()
            assert EVIL not in text, address

    def test_an_address_that_would_act_leads_nowhere(self, get):
        Source.objects.update(url="javascript:alert(1)")
        links = get("/models/pool/").values("a", "href")
        assert "javascript:alert(1)" not in links
