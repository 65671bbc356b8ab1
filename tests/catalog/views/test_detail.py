"""The catalog's pages, as a visitor gets them."""

import re
from html import unescape

import pytest
from django.db import transaction
from django.test import Client

from labs.bench.contracts.endpoint import Endpoint
from labs.plugins import registry
from models_catalog.models import Claim, ConcurrencyModel, Load, Server, Source
from tests.catalog.conftest import plant
from tests.catalog.reading import Page

pytestmark = pytest.mark.django_db

OFTEN = (ConcurrencyModel, Server, Load, Claim)
EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def answers(seeding, open_rows, django_db_blocker, tmp_path_factory):
    """Every list of the catalog and every kind of page, by address; of sources a few.

    From one catalog that is gone again, on a host without a lab.
    """
    open_rows.take_away()
    with (
        pytest.MonkeyPatch.context() as patch,
        django_db_blocker.unblock(),
        transaction.atomic(),
    ):
        patch.setenv("LABS_HOME", str(tmp_path_factory.mktemp("no-labs")))
        plant(seeding)
        found = {address: Client().get(address) for address in _addresses()}
        transaction.set_rollback(True)
    return found


def _addresses() -> list[str]:
    lists = [f"/{name}/" for name in "models servers loads claims sources".split()]
    rows = [row for kind in OFTEN for row in kind.objects.all()]
    rows += Source.objects.all()[:5]
    return [*lists, "/glossary/", *(row.get_absolute_url() for row in rows)]


@pytest.fixture(scope="module")
def pages(answers) -> dict[str, Page]:
    """The same, read."""
    return {address: Page(answer.content) for address, answer in answers.items()}


class TestEveryPage:
    def test_it_answers_with_one_heading_of_the_first_level(self, answers, pages):
        for address, answer in answers.items():
            assert answer.status_code == 200, address
            assert len(pages[address].texts("h1")) == 1, address

    def test_its_title_and_description_are_its_own(self, pages):
        titles = [page.texts("title")[0] for page in pages.values()]
        assert len(set(titles)) == len(titles)
        descriptions = [
            a["content"]
            for p in pages.values()
            for _, a in p.tags
            if a.get("name") == "description"
        ]
        assert len(descriptions) == len(pages) and all(descriptions)

    def test_no_identifier_is_given_twice(self, pages):
        for address, page in pages.items():
            ids = [
                attributes["id"] for _, attributes in page.tags if "id" in attributes
            ]
            assert len(set(ids)) == len(ids), address

    def test_every_link_inside_the_site_leads_somewhere(self, client, seeded, pages):
        found = [page.values("a", "href") for page in pages.values()]
        links = {link for page in found for link in page if link[0] == "/"}
        # Of the forms one of each scenario, and one of each server: they are put
        # together from the two.
        forms = {link for link in links if "?server=" in link}
        links -= forms
        links |= {*{link.split("/")[2]: link for link in forms}.values()}
        links |= {*{link.partition("=")[2]: link for link in forms}.values()}
        codes = {link: client.get(link).status_code for link in links - pages.keys()}
        dead = {link: code for link, code in codes.items() if code not in (200, 302)}
        assert len(links) > 10 and not dead

    def test_nothing_is_written_in_a_page_that_its_policy_forbids(self, answers, pages):
        for address, answer in answers.items():
            assert "script-src 'self'" in answer["Content-Security-Policy"]
            for tag, attributes in pages[address].tags:
                assert "style" not in attributes and tag != "style", address
                assert tag != "script" or attributes["src"].startswith("/static/")

    def test_it_is_read_only(self, client, seeded, pages):
        assert {client.post(address).status_code for address in pages} == {405}


class TestServerPage:
    @pytest.mark.parametrize("slug", registry.servers())
    def test_it_shows_the_configuration_that_a_run_uses(self, client, seeded, slug):
        driver = registry.servers()[slug]
        page = Page(client.get(f"/servers/{slug}/").content)
        shown = page.texts("pre")
        for name, text in driver.files(driver.Knobs(), Endpoint()).items():
            assert text in shown, name
            assert f"/lab/{name}" in page.texts("summary")

    @pytest.mark.parametrize("slug", registry.servers())
    def test_it_leads_to_every_lab_that_applies(self, client, seeded, slug):
        driver = registry.servers()[slug]
        links = Page(client.get(f"/servers/{slug}/").content).values("a", "href")
        expected = [
            f"/labs/{scenario.slug}/?server={slug}"
            for scenario in registry.scenarios().values()
            if not registry.applicable(driver, scenario)
        ]
        assert {link for link in links if "?server=" in link} == set(expected)
        # That the others are there as well: test_every_link_inside_the_site_...
        assert client.get(expected[0]).context["driver"].slug == slug

    def test_it_says_which_version_runs_here(self, client, seeded, lab_home):
        text = client.get("/servers/nginx/").content.decode()
        assert "Version 1.2.3 runs here." in text
        assert "It cannot run on this host" not in text

    def test_where_it_cannot_run_it_says_why_and_shows_the_rest(self, client, seeded):
        page = client.get("/servers/nginx/").content.decode()
        assert "It cannot run on this host. There is no lab root at" in page
        assert "Run script/bootstrap" in page and "worker_processes 2;" in page

    def test_a_server_without_a_plug_in_says_so(self, client, seeded):
        Server.objects.filter(slug="nginx").update(slug="other")
        text = client.get("/servers/other/").content.decode()
        assert "This server does not run in the lab" in text

    def test_its_model_is_one_click_away(self, client, seeded):
        links = Page(client.get("/servers/nginx/").content).values("a", "href")
        assert "/models/several-event-loops/" in links


class TestModelList:
    def families(self, client) -> list[list[str]]:
        """Return each family's slug and those of its models, as the page has them."""
        families = []
        for tag, attributes in Page(client.get("/models/").content).tags:
            if tag == "section":
                families.append([])
            elif tag == "a" and re.match(r"/models/.", attributes["href"]):
                families[-1].append(attributes["href"].split("/")[2])
        return families

    def test_each_family_is_followed_by_its_own_models(self, client, seeded):
        rows = ConcurrencyModel.objects.select_related("parent")
        expected = [
            [family.slug, *(row.slug for row in rows if row.parent == family)]
            for family in rows
            if family.parent is None
        ]
        assert self.families(client) == expected
        assert sum(map(len, expected)) >= 14

    def test_a_model_whose_family_is_a_draft_stands_alone(self, client, seeded):
        ConcurrencyModel.objects.filter(slug="event-driven").update(status="draft")
        assert ["actors"] in self.families(client)

    def test_a_model_of_a_model_is_in_the_same_family(self, client, seeded):
        loop = ConcurrencyModel.objects.get(slug="single-event-loop")
        ConcurrencyModel.objects.filter(slug="coroutines").update(parent=loop)
        (family,) = (f for f in self.families(client) if f[0] == "event-driven")
        assert "coroutines" in family and "single-event-loop" in family

    def test_models_in_a_ring_are_listed_all_the_same(self, client, seeded):
        one = ConcurrencyModel.objects.get(slug="actors")
        two = ConcurrencyModel.objects.get(slug="coroutines")
        ConcurrencyModel.objects.filter(pk=one.pk).update(parent=two)
        ConcurrencyModel.objects.filter(pk=two.pk).update(parent=one)
        listed = {slug for family in self.families(client) for slug in family}
        assert {"actors", "coroutines"} <= listed


class TestModelPage:
    def test_a_family_leads_to_its_models_and_their_servers(self, client, seeded):
        pool = ConcurrencyModel.objects.get(slug="thread-pool")
        Server.objects.filter(slug="apache-worker").update(concurrency_model=pool)
        links = Page(client.get("/models/pooled-blocking/").content).values("a", "href")
        for slug in ("process-per-connection", "pre-forked-processes", "thread-pool"):
            assert f"/models/{slug}/" in links
        assert "/servers/apache-worker/" in links

    def test_a_family_does_not_name_a_draft_of_its_models(self, client, seeded):
        ConcurrencyModel.objects.filter(slug="thread-pool").update(
            status="draft", title="Unfinished"
        )
        text = client.get("/models/pooled-blocking/").content.decode()
        assert "Unfinished" not in text

    def test_it_lists_its_servers_and_its_neighbours(self, client, seeded):
        links = Page(client.get("/models/pooled-blocking/").content).values("a", "href")
        assert {"/servers/apache-prefork/", "/servers/apache-worker/"} <= set(links)
        assert {"/models/event-driven/", "/models/single-threaded-blocking/"} <= set(
            links
        )
        assert "/servers/nginx/" not in links

    def test_a_child_leads_to_its_family(self, client, seeded):
        family = ConcurrencyModel.objects.get(slug="pooled-blocking")
        ConcurrencyModel.objects.filter(slug="event-driven").update(parent=family)
        links = Page(client.get("/models/event-driven/").content).values("a", "href")
        assert "/models/pooled-blocking/" in links


class TestDrafts:
    @pytest.mark.parametrize(
        "kind, address",
        [(ConcurrencyModel, "/models/event-driven/"), (Server, "/servers/nginx/")],
    )
    def test_they_are_not_there_for_visitors(self, client, seeded, kind, address):
        assert client.get(address).status_code == 200
        kind.objects.update(status="draft")
        assert client.get(address).status_code == 404

    def test_no_other_page_names_a_draft_server(self, client, seeded):
        Server.objects.filter(slug="nginx").update(status="draft", name="Unfinished")
        for address in ("/", "/models/", "/models/event-driven/", "/servers/"):
            assert "Unfinished" not in client.get(address).content.decode(), address

    def test_no_other_page_names_a_draft_model(self, client, seeded):
        ConcurrencyModel.objects.filter(slug="event-driven").update(
            status="draft", title="Unfinished"
        )
        for address in ("/", "/models/", "/models/pooled-blocking/"):
            assert "Unfinished" not in client.get(address).content.decode(), address

    def test_an_empty_catalog_says_how_to_fill_it(self, client):
        for address in ("/models/", "/servers/"):
            assert "catalog sync" in client.get(address).content.decode()


class TestUnknownPages:
    @pytest.mark.parametrize(
        "address, hint",
        [
            ("/servers/ngnix/", "There is no server 'ngnix'; did you mean nginx?"),
            ("/models/event/", "did you mean event-driven?"),
            ("/models/zzzz/", "There is no concurrency model 'zzzz'"),
        ],
    )
    def test_they_are_404_with_a_hint(self, client, seeded, address, hint):
        answer = client.get(address)
        assert answer.status_code == 404
        assert hint in unescape(answer.content.decode())

    def test_a_draft_is_no_hint(self, client, seeded):
        Server.objects.filter(slug="nginx").update(status="draft")
        text = unescape(client.get("/servers/ngnix/").content.decode())
        assert "did you mean nginx?" not in text


class TestHostileRows:
    def test_every_field_is_shown_as_text(self, client, seeded):
        ConcurrencyModel.objects.update(
            title=EVIL, summary=EVIL, body=EVIL, unit_of_concurrency=EVIL, limit=EVIL
        )
        Server.objects.update(name=EVIL, summary=f'"{EVIL}', body=EVIL)
        for address in (
            "/",
            "/models/",
            "/servers/",
            "/models/event-driven/",
            "/servers/nginx/",
        ):
            text = client.get(address).content.decode()
            assert EVIL not in text and "&lt;script&gt;alert(1)" in text, address
            assert not re.search(r'content="[^"]*"[^>]*script', text), address
