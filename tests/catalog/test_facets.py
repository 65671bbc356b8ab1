"""Lists with facets: what is listed, what is counted, and where links lead."""

from itertools import product

import pytest
from django.http import QueryDict

from models_catalog import choices
from models_catalog.facets import ModelFacets
from models_catalog.models import ConcurrencyModel, Server
from tests.catalog.reading import Page

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rows(db):
    """Write two families with models of known traits, and servers of some."""
    traits = {
        "pool": ("", "mixed", "blocking", "kernel", "C"),
        "process": ("pool", "process", "blocking", "kernel", "C"),
        "threads": ("pool", "thread", "blocking", "kernel", "Java"),
        "loops": ("", "event", "non-blocking", "application", "C"),
        "one-loop": ("loops", "event", "non-blocking", "application", "Rust"),
        "proactor": ("loops", "event", "completion", "application", ""),
    }
    for number, (slug, words) in enumerate(traits.items()):
        parent, unit, io, scheduler, language = words
        model = ConcurrencyModel.objects.create(
            slug=slug,
            title=slug.title(),
            parent=ConcurrencyModel.objects.filter(slug=parent).first(),
            unit=unit,
            io=io,
            scheduler=scheduler,
            order=number,
        )
        Server.objects.create(
            slug=f"{slug}-server",
            name=f"{slug} server",
            concurrency_model=model,
            language=language,
        )


def listed(client, address: str) -> list[str]:
    """Return the slugs of the pages that a list links to."""
    top = address.split("?")[0]
    links = Page(client.get(address).content).values("a", "href")
    pages = [link.split("/")[2] for link in links if link.startswith(top)]
    return [slug for slug in pages if slug and slug[0] != "?"]


def counts(client, address: str) -> dict[tuple[str, str], int]:
    """Return what is counted beside each choice."""
    groups = client.get(address).context["groups"]
    return {
        (group["name"], choice["value"]): choice["count"]
        for group in groups
        for choice in group["choices"]
    }


class TestModels:
    @pytest.mark.parametrize(
        "query, slugs",
        {
            "": "pool process threads loops one-loop proactor",
            "unit=event": "loops one-loop proactor",
            "unit=thread&unit=process": "process threads",
            "unit=event&io=completion": "proactor",
            "unit=thread&io=completion": "",
            "family=pool": "pool process threads",
            "scheduler=kernel&family=pool&unit=mixed": "pool",
            "unit=nonsense": "pool process threads loops one-loop proactor",
            "unit=event&unit=nonsense": "loops one-loop proactor",
            "isolation=none": "",
            "page=7&unit=thread": "threads",
        }.items(),
    )
    def test_a_row_needs_one_value_of_every_facet(self, client, query, slugs):
        assert listed(client, f"/models/?{query}") == slugs.split()

    def test_by_name_every_model_stands_alone(self, client):
        found = listed(client, "/models/?sort=name")
        assert found == sorted(found) and len(found) == 6

    def test_a_count_is_what_choosing_it_would_list(self, client):
        for io, scheduler in product(["", "blocking", "completion"], ["", "kernel"]):
            address = f"/models/?io={io}&scheduler={scheduler}"
            for (facet, value), count in counts(client, address).items():
                query = QueryDict(f"io={io}&scheduler={scheduler}", mutable=True)
                query[facet] = value
                alone = client.get(f"/models/?{query.urlencode()}")
                assert alone.context["count"] == count, (address, facet, value)

    def test_every_choice_of_a_closed_list_is_there_with_its_words(self, client):
        page = client.get("/models/?unit=thread")
        (units,) = (g for g in page.context["groups"] if g["name"] == "unit")
        shown = {choice["value"]: choice["label"] for choice in units["choices"]}
        assert shown == choices.UNITS

    def test_a_facet_that_no_row_has_is_not_shown(self, client):
        names = [group["name"] for group in client.get("/models/").context["groups"]]
        assert names == ["unit", "io", "scheduler", "family"]

    def test_drafts_are_neither_listed_nor_counted_nor_named(self, client):
        ConcurrencyModel.objects.filter(slug="pool").update(status="draft")
        assert "pool" not in listed(client, "/models/")
        assert ("family", "pool") not in counts(client, "/models/")
        assert counts(client, "/models/")["unit", "mixed"] == 0
        assert "Pool" not in client.get("/models/").content.decode()

    def test_the_form_without_script_gives_the_same_address(self, client):
        page = Page(client.get("/models/?unit=event&sort=name").content)
        boxes = [a for tag, a in page.tags if a.get("type") == "checkbox"]
        checked = [(a["name"], a["value"]) for a in boxes if "checked" in a]
        assert checked == [("unit", "event")]
        assert ("button", "submit") in [(tag, a.get("type")) for tag, a in page.tags]


class TestWaysOut:
    def test_each_choice_can_be_taken_back(self, client):
        page = client.get("/models/?unit=event&io=completion&sort=name")
        links = Page(page.content).values("a", "href")
        back = {"?io=completion&sort=name", "?unit=event&sort=name"}
        assert back | {"/models/?sort=name"} <= set(links)

    def test_nothing_found_says_so_and_leads_back(self, client):
        answer = client.get("/models/?unit=thread&io=completion")
        text = answer.content.decode()
        assert "No model has all of that" in text
        assert '<a href="/models/" data-clear>clear all</a>' in text

    def test_an_address_is_never_html(self, client):
        for address in ("/models/", "/servers/"):
            text = client.get(
                f'{address}?unit="><script>&language=<b>'
            ).content.decode()
            assert "<b>" not in text and '"><script>' not in text

    def test_without_rows_it_says_how_to_get_some(self, client):
        Server.objects.all().delete()
        text = client.get("/servers/").content.decode()
        assert "catalog sync" in text and "0 servers" in text


class TestServers:
    @pytest.mark.parametrize(
        "query, count",
        (
            {"": 6, "language=C": 3, "family=loops": 3, "model=one-loop": 1}
            | {
                "language=C&family=loops": 1,
                "language=Cobol": 6,
                "model=x&model=pool": 1,
            }
        ).items(),
    )
    def test_facets(self, client, query, count):
        assert len(client.get(f"/servers/?{query}").context["servers"]) == count

    def test_those_of_the_labs_are_told_from_the_others(self, client):
        model = ConcurrencyModel.objects.get(slug="one-loop")
        Server.objects.create(slug="nginx", name="NGINX", concurrency_model=model)
        found = client.get("/servers/?lab=yes").context["servers"]
        assert [server.slug for server in found] == ["nginx"]
        assert counts(client, "/servers/?family=loops")["lab", "no"] == 3

    def test_counts_follow_the_other_facets(self, client):
        found = counts(client, "/servers/?language=C")
        assert found["family", "loops"] == 1 and found["family", "pool"] == 2
        assert found["language", "Rust"] == 1
        assert ("model", "one-loop") not in found

    def test_a_draft_model_is_no_choice(self, client):
        ConcurrencyModel.objects.filter(slug="one-loop").update(
            status="draft", title="Unfinished"
        )
        assert "Unfinished" not in client.get("/servers/").content.decode()
        assert len(client.get("/servers/").context["servers"]) == 6


class TestFacets:
    def test_they_need_no_address(self):
        rows = ConcurrencyModel.objects.annotate()
        facets = ModelFacets(QueryDict(), rows, {"family": {}})
        assert facets.qs.count() == 6 and not facets.is_filtered
