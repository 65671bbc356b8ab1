"""Citations and glossary links in Markdown."""

import pytest

from models_catalog.markdown.references import (
    Notes,
    SourceNote,
    TermNote,
    cited_slugs,
    term_slugs,
)
from models_catalog.markdown.render import render
from tests.catalog.markdown.test_render import acts
from tests.catalog.reading import Page

EVIL = '"><script>alert(1)</script>'
NOTES = Notes(
    {
        "kegel": SourceNote("kegel", "Dan Kegel", "The C10K problem", 1999),
        "pai": SourceNote("pai", "Vivek Pai", "Flash", 1999),
        "evil": SourceNote("evil", EVIL, EVIL, 1999),
    },
    {
        "loop": TermNote("loop", "event loop", "It waits.", "/glossary/#loop"),
        "evil": TermNote("evil", EVIL, EVIL, "/glossary/#evil"),
    },
)


def read(text: str, prefix: str = "") -> Page:
    return Page(render(text, NOTES, prefix))


def marks(text: str) -> list[str]:
    return [mark for mark in read(text).texts("a") if mark.startswith("[")]


class TestCitations:
    def test_they_are_numbered_in_the_order_of_their_first_mention(self):
        assert marks("A [@pai] b [@kegel] c [@pai].") == ["[1]", "[2]", "[1]"]
        cited = render("A [@pai] b [@kegel] c [@pai].", NOTES).cited
        assert [(one.number, one.source.slug) for one in cited] == [
            (1, "pai"),
            (2, "kegel"),
        ]
        assert cited[0].marks == ["cite-1-1", "cite-1-2"]

    def test_a_place_is_shown_with_the_number(self):
        assert marks("A [@pai, chapter 5] b [@pai,\n  part 2].") == [
            "[1, chapter 5]",
            "[1, part 2]",
        ]

    def test_each_has_its_note_and_leads_to_the_list(self):
        page = read("A [@pai].")
        (link,) = (attributes for tag, attributes in page.tags if tag == "a")
        assert (link["href"], link["id"]) == ("#cited-1", "cite-1-1")
        note = next(a for _, a in page.tags if a.get("role") == "note")
        assert note["id"] == link["aria-describedby"]
        assert "Vivek Pai, Flash, 1999" in page.texts("span")

    @pytest.mark.parametrize(
        "text",
        ["[@nobody]", "[@Pai]", "[@pai,]", "`[@pai]`", "\\[@pai]", "    [@pai]\n"],
    )
    def test_what_is_none_is_text(self, text):
        page = read(text)
        assert "a" not in dict(page.tags) and render(text, NOTES).cited == ()

    def test_several_texts_of_a_page_have_their_own_ids(self):
        ids = [a["id"] for _, a in read("A [@pai].", "x-").tags if "id" in a]
        assert ids == ["x-cite-1-1", "x-cite-1-1-note"]

    def test_one_text_knows_nothing_of_another(self):
        render("[@pai]", NOTES)
        assert marks("[@kegel]") == ["[1]"]


class TestTerms:
    def test_a_link_leads_to_the_glossary_with_the_definition_beside_it(self):
        page = read("An [*event* loop](term:loop) here.")
        assert page.values("a", "href") == ["/glossary/#loop"]
        assert page.texts("a") == ["event loop"]
        assert "event loop: It waits." in page.texts("span")

    def test_an_unknown_one_is_text(self):
        page = read("A [loop](term:loops) here.")
        assert page.texts("p") == ["A loop here."] and "a" not in dict(page.tags)

    def test_other_links_stay(self):
        assert read("[a](/b/) [c](term:loop)").values("a", "href") == [
            "/b/",
            "/glossary/#loop",
        ]

    def test_a_heading_may_hold_one(self):
        page = read("## The [loop](term:loop)")
        assert page.values("h2", "id") == ["the-loop"]


class TestSafety:
    @pytest.mark.parametrize(
        "text",
        [
            "[@evil]",
            f"[@pai, {EVIL}]",
            "[x](term:evil)",
            f"[{EVIL}](term:loop)",
            "[x](term:javascript:alert)",
        ],
    )
    def test_nothing_acts(self, text):
        html = render(text, NOTES)
        assert acts(html) == [] and "<script" not in html


class TestReading:
    def test_slugs_are_found_once_each_in_order(self):
        text = "[@b] [@a, x] [@b] [t](term:u) [v](<term:w>) [t](term:u)"
        assert cited_slugs(text) == ["b", "a"]
        assert term_slugs(text) == ["u", "w"]
