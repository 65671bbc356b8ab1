"""The page of search, the box that leads there, and the page that finds nothing."""

import pytest

from models_catalog.models import GlossaryTerm, Load
from tests.catalog import pages
from tests.catalog.reading import Page

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def filled(db):
    pages.fill()


def links(answer) -> list[str]:
    return Page(answer.content).values("a", "href")


def search_fields(answer) -> dict[str, str]:
    """Return the value of each search field by its identifier."""
    tags = Page(answer.content).tags
    return {a["id"]: a.get("value", "") for _, a in tags if a.get("type") == "search"}


class TestSearchPage:
    def test_it_shows_what_was_found_with_its_kind_and_marks(self, client):
        answer = client.get("/search/?q=thread+pool")
        text = answer.content.decode()
        assert "/models/thread-pool/" in links(answer)
        assert "<mark>Thread</mark> <mark>pool</mark>" in text
        assert '<p class="small muted">Model</p>' in text

    def test_the_words_stay_in_the_field(self, client):
        answer = client.get("/search/", {"q": 'a "b" <c>'})
        assert search_fields(answer)["search-words"] == 'a "b" <c>'
        assert "<c>" not in answer.content.decode()

    def test_a_kind_is_chosen_in_the_address(self, client):
        answer = client.get("/search/?q=loop")
        assert "?q=loop&amp;kind=server" in answer.content.decode()
        chosen = client.get("/search/?q=loop&kind=server")
        assert "/servers/nginx/" in links(chosen)
        assert "/models/single-event-loop/" not in links(chosen)
        assert "?q=loop" in links(chosen)

    def test_a_kind_without_results_leads_back_to_all(self, client):
        text = client.get("/search/?q=kegel&kind=model").content.decode()
        assert "There is nothing of this kind" in text and "Show all kinds" in text

    def test_many_results_have_pages(self, client):
        for number in range(45):
            GlossaryTerm.objects.create(
                slug=f"zebra-{number}", term=f"Zebra {number}", definition="Striped."
            )
        found = []
        for page in (1, 2, 3):
            answer = client.get(f"/search/?q=zebra&page={page}")
            found += [link for link in links(answer) if "zebra-" in link]
            assert ("?q=zebra&page=3" in links(answer)) == (page == 2)
        assert len(found) == len(set(found)) == 45
        for nonsense in ("0", "99", "-1", "x", "9" * 30):
            assert client.get(f"/search/?q=zebra&page={nonsense}").status_code == 200

    def test_where_nothing_is_found_the_nearest_are_offered(self, client):
        answer = client.get("/search/?q=slowlorry")
        assert "Nothing found for “slowlorry”" in answer.content.decode()
        assert "/loads/slowloris/" in links(answer)

    def test_what_is_nearly_a_title_is_answered_as_that_and_said(self, client):
        answer = client.get("/search/?q=thred+pol")
        text = answer.content.decode()
        assert "No page has “thred pol”. These are for" in text
        assert ">Thread pool</a>." in text and "?q=Thread+pool" in links(answer)
        assert "/models/thread-pool/" in links(answer)

    def test_where_nothing_is_near_either_it_says_what_to_try(self, client):
        answer = client.get("/search/?q=zzzzzz")
        assert "Try fewer or other words" in answer.content.decode()
        assert {"/models/", "/servers/", "/labs/"} <= set(links(answer))

    def test_without_words_it_says_what_it_looks_through(self, client):
        for address in ("/search/", "/search/?q=", "/search/?q=%20"):
            answer = client.get(address)
            assert "Search looks through" in answer.content.decode()

    def test_a_long_question_is_answered_too(self, client):
        assert client.get("/search/", {"q": "loop " * 5000}).status_code == 200
        assert client.get("/search/", {"q": "x" * 5000}).status_code == 200

    def test_it_is_read_only_and_not_for_search_engines(self, client):
        assert client.post("/search/").status_code == 405
        assert '<meta name="robots" content="noindex">' in (
            client.get("/search/?q=a").content.decode()
        )


class TestSearchBox:
    @pytest.mark.parametrize("address", ["/", "/models/", "/labs/", "/nowhere/"])
    def test_it_is_on_every_page(self, client, address):
        page = Page(client.get(address).content)
        forms = [a for tag, a in page.tags if tag == "form"]
        assert ("/search/", "search") in [
            (form.get("action"), form.get("role")) for form in forms
        ]


class TestNotFound:
    def test_it_offers_pages_of_any_kind(self, client):
        answer = client.get("/models/slowlorys/")
        assert answer.status_code == 404
        assert "/loads/slowloris/" in links(answer)
        assert "/models/single-event-loop/" in links(client.get("/models/event-loop/"))

    def test_it_offers_the_search_with_the_words_of_the_address(self, client):
        for address, words in {
            "/servers/ngnix_unit/": "ngnix unit",
            "/some/Old-Page.html": "",  # nothing of addresses that may be private
            "/": None,
        }.items():
            assert search_fields(client.get(address)).get("search-words") == words

    def test_it_does_not_offer_what_visitors_may_not_see(self, client):
        Load.objects.update(status="draft")
        assert "/loads/slowloris/" not in links(client.get("/loads/slowlorys/"))

    def test_addresses_outside_the_catalog_cost_no_question(
        self, client, django_assert_num_queries
    ):
        with django_assert_num_queries(0):
            answer = client.get("/wp-login.php")
        assert "This address is not one of ours." in answer.content.decode()

    def test_an_address_is_never_html(self, client):
        text = client.get("/models/<script>alert(1)</script>/").content.decode()
        assert "<script>alert" not in text
