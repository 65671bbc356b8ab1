"""Diagrams: what every file holds, and what is said about a malformed one."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.template.loader import render_to_string

from models_catalog import checks
from models_catalog.diagrams import svg as diagrams
from models_catalog.files.reader import ContentError
from tests.catalog.reading import Page

CONTENT = Path(settings.CATALOG_CONTENT_DIR)
MODELS = sorted(path.stem for path in CONTENT.glob("models/*.md"))
FILES = sorted(CONTENT.glob("diagrams/*.svg"))
SVG = "{http://www.w3.org/2000/svg}"
COURSES = ("step", "slow")

GOOD = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" data-static="2"
  aria-labelledby="pool-diagram-title">
  <title id="pool-diagram-title">A pool</title>
  <desc>What
    is to be seen.</desc>
  <metadata>
    <step>One.</step><step>Two.</step><step>Three.</step>
    <step>Four.</step><step>Five.</step>
    <slow>Slow one.</slow><slow>Slow two.</slow><slow>Slow three.</slow>
  </metadata>
  <!-- a comment -->
  <g data-step="1 3-5"><circle r="1"/></g>
  <g class="b" data-step="2-4" data-slow="2"><circle r="2"/></g>
</svg>
"""


def parse(text: str) -> diagrams.Diagram:
    return diagrams.parse(text, Path("content/diagrams/pool.svg"))


def tree(path: Path) -> ElementTree.Element:
    return ElementTree.fromstring(path.read_text())


def counts(path: Path) -> dict[str, int]:
    found = diagrams.parse(path.read_text(), path)
    return dict(zip(COURSES, (len(found.steps), len(found.slow_steps)), strict=True))


def visible(path: Path, course: str, step: int) -> list[ElementTree.Element]:
    """List the groups that belong to a step."""
    return [
        element
        for element in tree(path).iter()
        if step in diagrams.numbers(element.get(f"data-{course}", ""))
    ]


class TestEveryDiagram:
    def test_every_model_has_one_and_none_has_no_model(self):
        assert MODELS and [*diagrams.read_all(CONTENT)] == MODELS

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
    def test_it_says_what_it_shows(self, path):
        found = diagrams.find(path.stem, CONTENT)
        assert found.slug == path.stem
        front = CONTENT.joinpath("models", f"{path.stem}.md").read_text()
        assert f"title: {found.title}\n" in front
        assert len(found.description) > 200
        named = ElementTree.fromstring(found.svg)
        shown = {element.get("id") for element in named.iter()}
        assert named.get("role") == "img"
        assert {named.get("aria-labelledby"), named.get("aria-describedby")} <= shown

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
    def test_nothing_is_styled_scripted_or_loaded(self, path):
        text = path.read_text()
        assert not re.search(r"<(style|script|foreignObject|image|use|a)\b", text)
        assert not re.search(r"\b(style|on\w+|href|fill|stroke|color)=|url\(", text)

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
    def test_all_are_drawn_on_one_grid(self, path):
        root = tree(path)
        assert root.get("viewBox") == "0 0 360 336"
        heads = [text for text in root if text.get("class") == "dg-head"]
        places = {text.text: text.get("x") for text in heads}
        assert places == {"Clients": "38", "Kernel": "131", "Server": "277"}

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
    def test_every_step_changes_the_picture(self, path):
        for course, count in counts(path).items():
            seen = [
                [*map(ElementTree.tostring, visible(path, course, step))]
                for step in range(1, count + 1)
            ]
            assert all(seen), course
            same = [n for n in range(1, count) if seen[n - 1] == seen[n]]
            assert same == [], course

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
    def test_nothing_that_moves_is_in_two_places(self, path):
        for course, count in counts(path).items():
            for step in range(1, count + 1):
                names = [
                    token.get("data-token")
                    for group in visible(path, course, step)
                    for token in group.iter()
                    if token.get("data-token")
                ]
                assert len(set(names)) == len(names), f"{course} {step}"

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
    def test_a_slow_client_comes_with_the_slow_course_alone(self, path):
        slow = f".//{SVG}g[@class='dg-client dg-client--slow']"
        clients = tree(path).findall(slow)
        assert clients
        assert not [client for client in clients if client.get("data-step")]
        assert "1" in {client.get("data-slow")[0] for client in clients}

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
    def test_captions_are_short_sentences(self, path):
        found = diagrams.parse(path.read_text(), path)
        captions = found.steps + found.slow_steps
        assert not [text for text in captions if len(text) > 130 or text[-1] != "."]
        assert len(set(captions)) == len(captions)


class TestReading:
    def test_a_good_file_gives_its_texts(self):
        found = parse(GOOD)
        assert (found.slug, found.title) == ("pool", "A pool")
        assert found.description == "What is to be seen."
        assert found.steps == ("One.", "Two.", "Three.", "Four.", "Five.")
        assert found.slow_steps == ("Slow one.", "Slow two.", "Slow three.")

    def test_the_static_step_is_shown_and_the_captions_are_left_out(self):
        svg = parse(GOOD).svg
        assert '<g class="b" data-on="" data-step="2-4" data-slow="2">' in svg
        assert svg.count("data-on") == 1
        assert "<metadata>" not in svg and "<!--" not in svg

    def test_any_step_can_be_shown(self):
        assert diagrams.shown(GOOD, 4).count("data-on") == 2
        assert diagrams.shown(GOOD, 5).count("data-on") == 1
        slow = diagrams.shown(GOOD, 2, "slow")
        assert '<g class="b" data-on=""' in slow and slow.count("data-on") == 1

    def test_a_model_without_a_file_has_no_diagram(self, tmp_path):
        assert diagrams.find("pool", tmp_path) is None

    def test_a_changed_file_is_read_again(self, tmp_path):
        path = diagrams.path_of("pool", tmp_path)
        path.parent.mkdir()
        path.write_text(GOOD)
        assert diagrams.find("pool", tmp_path).title == "A pool"
        path.write_text(GOOD.replace("A pool", "Another"))
        assert diagrams.find("pool", tmp_path).title == "Another"

    def test_spans_are_numbers_and_ranges(self):
        assert diagrams.numbers("1-3 5") == {1, 2, 3, 5}
        assert diagrams.numbers("") == set()


class TestMalformedFiles:
    @pytest.mark.parametrize(
        "change, line, said",
        [
            (("</svg>", ""), 15, "malformed SVG: no element"),
            (("<svg", "<!DOCTYPE svg><svg"), 1, "must not declare a document type"),
            (("http://www.w3.org/2000/svg", "http://x"), 1, "an svg of the SVG name"),
            (('<circle r="1"/>', "<script/>"), 12, "<script> is not allowed"),
            (('r="1"', 'style="fill: red"'), 12, "attribute 'style' is not allowed"),
            (('r="1"', 'onload="x()"'), 12, "attribute 'onload' is not allowed"),
            (
                ("<step>Five.</step>", ""),
                1,
                "needs 5 or more <step> with a text",
            ),
            (("Slow one.", " "), 1, "needs 3 or more <slow> with a text"),
            (('data-step="1 3-5"', 'data-step="1 3-6"'), 12, "names step 6 of 5"),
            (('data-slow="2"', 'data-slow="0"'), 13, "names step 0 of 3"),
            (('"2-4"', '"2 to 4"'), 13, "are written like \"1-3 5\", not 'to'"),
            (('data-static="2"', 'data-static="9"'), 1, "must be the number of a step"),
            (('<circle r="2"/>', '<path id="x"/>'), 13, "must begin with 'pool-diag"),
            (
                ('<circle r="2"/>', '<path id="pool-diagram-title"/>'),
                3,
                "id 'pool-diagram-title' is given 2 times",
            ),
            (("What\n    is to be seen.", ""), 1, "missing: <desc>"),
        ],
    )
    def test_file_line_and_fault_are_named(self, change, line, said):
        with pytest.raises(ContentError) as caught:
            parse(GOOD.replace(*change, 1))
        assert said in str(caught.value)
        assert caught.value.line == line

    def test_the_system_check_finds_it(self, tmp_path, settings):
        settings.CATALOG_CONTENT_DIR = tmp_path
        path = diagrams.path_of("pool", tmp_path)
        path.parent.mkdir()
        path.write_text(GOOD)
        assert checks.diagrams_are_well_formed(None) == []
        path.write_text(GOOD.replace("<desc>", "<desc class='x' href='#'>"))
        (error,) = checks.diagrams_are_well_formed(None)
        assert error.msg == f"{path}:4: attribute 'href' is not allowed"


class TestInPages:
    def test_the_captions_are_on_the_page_as_lists(self):
        html = render_to_string(
            "models_catalog/includes/_diagram.html", {"slug": "thread-pool"}
        )
        found = diagrams.find("thread-pool", CONTENT)
        assert Page(html.encode()).texts("li")[:11] == [*found.steps, *found.slow_steps]
        assert found.svg in html

    def test_a_page_with_several_has_the_legend_once(self):
        name = "models_catalog/includes/_diagram.html"
        alone = render_to_string(name, {"slug": "actors"})
        among = render_to_string(name, {"slug": "actors", "without_legend": True})
        assert "diagram-legend" in alone and "diagram-legend" not in among

    def test_nothing_is_shown_for_a_model_without_one(self):
        name = "models_catalog/includes/_diagram.html"
        assert not render_to_string(name, {"slug": "nowhere"}).strip()
