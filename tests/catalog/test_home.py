"""The front page: its picture of the models, its ways in, and what it weighs."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings

from models_catalog.models import ConcurrencyModel
from tests.catalog.reading import Page

pytestmark = pytest.mark.django_db

MAX_BYTES = 150_000  # of a first visit, compressed
IMPORT = re.compile(r"""(?:from|import)\s+["'](\./[^"']+)["']""")


@pytest.fixture
def placed(db):
    """Write models of which all but one have a place on the axes."""
    for number in range(12):
        ConcurrencyModel.objects.create(
            slug=f"model-{number}",
            title=f"Model <{number}>",
            position=(number * 9, 100 - number * 9),
        )
    ConcurrencyModel.objects.create(slug="elsewhere", title="Elsewhere")


def drawings(client) -> list[str]:
    text = client.get("/").content.decode()
    return re.findall(r"<svg class=\"model-map.*?</svg>", text, re.DOTALL)


class TestPicture:
    def test_every_placed_model_is_a_link_in_each_drawing(self, client, placed):
        shown = drawings(client)
        assert len(shown) == 2
        for drawing in shown:
            links = Page(drawing).values("a", "href")
            assert sorted(links) == sorted(f"/models/model-{n}/" for n in range(12))
            texts = {text.strip() for text in Page(drawing).texts("a")}
            assert texts == {f"Model <{n}>" for n in range(12)}

    def test_it_says_what_its_axes_are(self, client, placed):
        for drawing in drawings(client):
            assert "Who schedules: the program" in drawing
            assert "Connections per unit of concurrency: few → many" in drawing

    def test_a_table_says_the_same(self, client, placed):
        page = Page(client.get("/").content)
        cells = page.texts("td")
        assert cells[2:4] == ["9", "91"]
        assert len(page.texts("tr")) == 13

    def test_a_draft_is_not_in_it(self, client, placed):
        ConcurrencyModel.objects.filter(slug="model-3").update(status="draft")
        assert "Model &lt;3&gt;" not in client.get("/").content.decode()

    def test_without_places_there_is_no_picture(self, client, seeded):
        ConcurrencyModel.objects.update(position_x=None, position_y=None)
        text = client.get("/").content.decode()
        assert "model-map__drawing" not in text and "two axes" not in text


class TestWaysIn:
    def test_there_is_one_for_readers_students_and_curators(self, client, seeded):
        links = Page(client.get("/").content).values("a", "href")
        assert {"/models/", "/servers/", "/labs/", "/admin/"} <= set(links)

    def test_it_asks_its_question(self, client):
        (title,) = Page(client.get("/").content).texts("h1")
        assert title == "What happens when 1,000 slow clients arrive?"


class TestFirstVisit:
    def test_it_is_light(self, client, seeded, placed):
        answer = client.get("/")
        files = static_files(answer.content)
        assert len(files) > 5
        weights = {path.name: len(gzip.compress(path.read_bytes())) for path in files}
        # Pages themselves are sent as they are.
        assert sum(weights.values()) + len(answer.content) <= MAX_BYTES, weights


def static_files(html: bytes) -> set[Path]:
    """Return the files that a page loads, and those that its modules import."""
    page = Page(html)
    names = [
        *page.values("link", "href"),
        *page.values("script", "src"),
        *page.values("img", "src"),
    ]
    static, start = settings.BASE_DIR / "static", "/static/"
    ours = [name for name in names if name.startswith(start)]  # no feeds, no addresses
    found, todo = set(), [static / name.removeprefix(start) for name in ours]
    while todo:
        path = todo.pop()
        if path not in found:
            found.add(path)
            if path.suffix == ".js":
                todo += [path.parent / n for n in IMPORT.findall(path.read_text())]
    return found
