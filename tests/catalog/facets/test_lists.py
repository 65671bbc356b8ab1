"""Lists with facets: what is listed, what is counted, and where links lead."""

from itertools import product

import pytest
from django.http import QueryDict

from labs.models import Evidence
from models_catalog import choices
from models_catalog.facets.lists import ModelFacets
from models_catalog.models import Claim, ConcurrencyModel, Load, Server, Source
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
            limited_by="workers" if io == "blocking" else "memory",
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
            "limited_by=workers": "pool process threads",
            "limited_by=memory&io=completion": "proactor",
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
        assert names == ["unit", "io", "scheduler", "limited_by", "family"]

    def test_drafts_are_neither_listed_nor_counted_nor_named(self, client):
        ConcurrencyModel.objects.filter(slug="pool").update(status="draft")
        assert "pool" not in listed(client, "/models/")
        assert ("family", "pool") not in counts(client, "/models/?sort=")
        assert counts(client, "/models/?sort=")["unit", "mixed"] == 0
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
        assert len(client.get("/servers/?sort=").context["servers"]) == 6


class TestOtherLists:
    @pytest.fixture(autouse=True)
    def others(self, rows):
        """Write claims about two models each, loads and sources."""
        models = list(ConcurrencyModel.objects.all())
        slow = Load.objects.create(
            slug="slow", title="Slow", kind="attack", scenario="slowloris"
        )
        Load.objects.create(slug="many", title="Many", kind="load")
        for number in range(4):
            claim = Claim.objects.create(
                slug=f"c{number}", code=f"S{number}", statement=f"So it is {number}"
            )
            claim.concurrency_models.set(models[number : number + 2])
            claim.loads.set([slow][number:])
            Evidence.objects.create(
                claim=claim, standing=("holds", "open")[number % 2], rows=[]
            )
        Evidence.objects.create(
            claim=Claim.objects.get(slug="c0"), standing="refuted", rows=[]
        )
        for number, year in enumerate((1975, 1999, 2025)):
            Source.objects.create(
                slug=f"s{number}",
                title=f"Title {9 - number}",
                authors=f"Author {number}",
                year=year,
                kind=("paper", "book")[number % 2],
            )

    @pytest.mark.parametrize(
        "address, slugs",
        {
            "/claims/": "c0 c1 c2 c3",
            "/claims/?standing=holds": "c2",
            "/claims/?standing=refuted&standing=open": "c0 c1 c3",
            "/claims/?model=pool": "c0",
            "/claims/?model=pool&model=process": "c0 c1",
            "/claims/?load=slow&standing=open": "",
            "/claims/?load=slow": "c0",
            "/claims/?model=nonsense": "c0 c1 c2 c3",
            "/loads/?kind=load": "many",
            "/loads/?lab=yes": "slow",
            "/loads/?lab=yes&kind=load": "",
            "/loads/?sort=name": "slow many",
            "/sources/?period=1990": "s1",
            "/sources/?period=0&period=2020": "s0 s2",
            "/sources/?kind=paper&sort=-year": "s2 s0",
            "/sources/?sort=title": "s2 s1 s0",
            "/sources/?sort=nonsense": "s0 s1 s2",
        }.items(),
    )
    def test_facets(self, client, address, slugs):
        found = listed(client, address)
        assert list(dict.fromkeys(found)) == slugs.split()
        assert client.get(f"{address}{'&' if '?' in address else '?'}page=2").context

    @pytest.mark.parametrize(
        "address, facet",
        [("/claims/?load=slow", "model"), ("/claims/?model=pool&model=process", "load")]
        + [("/claims/?standing=open", "standing"), ("/loads/?kind=load", "lab")]
        + [("/sources/?kind=paper", "period")],
    )
    def test_a_count_is_what_choosing_it_would_list(self, client, address, facet):
        mine = {
            v: n for (name, v), n in counts(client, address).items() if name == facet
        }
        assert sum(mine.values()) > 0
        path, query = address.split("?")
        for value, count in mine.items():
            chosen = QueryDict(query, mutable=True)
            chosen[facet] = value
            slugs = listed(client, f"{path}?{chosen.urlencode()}")
            assert len(set(slugs)) == count, value

    @pytest.mark.parametrize("address", ["/claims/", "/loads/", "/sources/"])
    def test_nothing_found_says_so_and_leads_back(self, client, address):
        for kind in (Claim, Load, Source):
            kind.objects.all().delete()
        assert "catalog sync" in client.get(address).content.decode()
        chosen = f"{address}?kind=book&kind=load&standing=holds"
        text = client.get(chosen).content.decode()
        assert f'<a href="{address}' in text and "has all of that" in text


class TestPicks:
    def boxes(self, client, address):
        """Return {slug: whether it is ticked} of the boxes of a list, in order."""
        tags = Page(client.get(address).content).tags
        found = [given for _, given in tags if given.get("name") == "a"]
        assert all(given["form"] == "facets" for given in found)
        return {given["value"]: "checked" in given for given in found}

    @pytest.mark.parametrize("path", ["/models/", "/servers/"])
    def test_every_card_has_a_box(self, client, path):
        boxes = self.boxes(client, path)
        assert sorted(boxes) == sorted(set(listed(client, path))) and len(boxes) == 6
        assert not any(boxes.values())

    def test_the_address_holds_what_is_ticked(self, client):
        boxes = self.boxes(client, "/models/?a=pool&a=threads&a=nonsense")
        assert [slug for slug, on in boxes.items() if on] == ["pool", "threads"]

    def test_what_a_facet_leaves_out_stays_ticked(self, client):
        boxes = self.boxes(client, "/models/?unit=thread&a=pool&a=threads")
        assert boxes == {"threads": True, "pool": True}

    def test_it_survives_what_takes_choices_back(self, client):
        page = client.get("/models/?unit=thread&io=blocking&sort=name&a=pool")
        links = set(Page(page.content).values("a", "href"))
        assert {"?io=blocking&sort=name&a=pool", "/models/?sort=name&a=pool"} <= links

    def test_no_more_than_fit(self, client):
        slugs = ["pool", "process", "threads", "loops", "one-loop"]
        address = "/models/?" + "&".join(f"a={slug}" for slug in slugs)
        boxes = self.boxes(client, address)
        assert [slug for slug, on in boxes.items() if on] == slugs[:4]

    def test_a_draft_that_an_address_names_is_not_shown(self, client):
        ConcurrencyModel.objects.filter(slug="pool").update(status="draft")
        assert "pool" not in self.boxes(client, "/models/?unit=thread&a=pool")

    def test_the_form_as_a_browser_sends_it_leads_to_the_comparison(self, client):
        sent = "/compare/?sort=&unit=thread&a=pool&a=threads&kind=models"
        answer = client.get(sent)
        assert answer["Location"] == "/compare/?kind=models&a=pool&a=threads"
        assert client.get(answer["Location"]).status_code == 200

    def test_the_button_sends_the_kind_to_the_comparison(self, client):
        for path, kind in (("/models/", "models"), ("/servers/", "servers")):
            tags = Page(client.get(path).content).tags
            (button,) = (a for t, a in tags if t == "button" and "formaction" in a)
            assert button["formaction"] == "/compare/" and button["form"] == "facets"
            assert (button["name"], button["value"]) == ("kind", kind)


class TestFacets:
    def test_they_need_no_address(self):
        rows = ConcurrencyModel.objects.annotate()
        facets = ModelFacets(QueryDict(), rows, {"family": {}})
        assert facets.qs.count() == 6 and not facets.is_filtered


class TestWhatReadersAreTold:
    def test_a_value_that_no_facet_has_is_named(self, client):
        text = client.get("/servers/?language=nosuch&language=C").content.decode()
        assert "There is no “nosuch” in Language: left out of the choice" in text
        assert "There is no" not in client.get("/servers/?language=C").content.decode()

    def test_one_is_not_called_many(self, client):
        text = client.get("/servers/").content.decode()
        assert '>1<span class="visually-hidden"> server</span>' in text
        assert '>3<span class="visually-hidden"> servers</span>' in text
        assert '>1<span class="visually-hidden"> servers' not in text

    def test_servers_have_the_traits_of_their_models(self, client):
        found = listed(client, "/servers/?io=completion")
        assert set(found) == {"proactor-server"}
        counted = counts(client, "/servers/")
        assert counted["io", "blocking"] == 3 and counted["unit", "event"] == 3
        assert counted["scheduler", "kernel"] == 3


def test_claims_stand_before_the_sources_of_a_model_and_are_led_to(client):
    model = ConcurrencyModel.objects.get(slug="pool")
    Source.objects.create(slug="kegel", title="C10K", authors="Dan Kegel", year=1999)
    model.body = "An idea [@kegel]."
    model.save()
    claim = Claim.objects.create(slug="one", code="Q1", statement="So", body="Yes.")
    claim.concurrency_models.add(model)
    text = client.get("/models/pool/").content.decode()
    assert text.index("An idea") < text.index('id="claims"') < text.index('id="cited"')
    assert '<a href="#claims">Put to the test: 1 claim</a>' in text


def test_a_year_that_the_venue_tells_is_not_told_twice(client):
    about = {"authors": "A", "title": "T", "year": 2026, "slug": "t"}
    Source.objects.create(venue="Documentation, as of 2026", **about)
    text = client.get("/sources/").content.decode()
    assert "as of 2026." in text and "2026, 2026" not in text
