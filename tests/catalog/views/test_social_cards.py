"""What pages say of themselves elsewhere: titles, descriptions, addresses, pictures."""

import html
import io
import re
from collections import Counter
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from PIL import Image

from models_catalog.diagrams import social_card
from models_catalog.diagrams.social_card import Card
from models_catalog.models import ConcurrencyModel
from models_catalog.views import social_cards

pytestmark = pytest.mark.django_db

UNLISTED = ["/runs/", "/accounts/login/", "/compare/?kind=servers"]

COMPARED = "/compare/?kind=servers&a=nginx&a=node"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.CATALOG_CARDS_DIR = tmp_path / "cards"
    return settings.CATALOG_CARDS_DIR


def opened(png):
    image = Image.open(io.BytesIO(png))
    image.load()
    return image


def attribute(text, name):
    """Return what a page says under a name, with entities resolved."""
    found = re.search(rf'<meta (?:name|property)="{name}" content="([^"]*)">', text)
    return html.unescape(found[1])


class TestPages:
    def addresses(self, client):
        tree = ElementTree.fromstring(client.get("/sitemap.xml").content)
        places = [place.text for place in tree.iter() if place.tag.endswith("}loc")]
        return [urlsplit(place).path for place in places] + UNLISTED

    def test_each_has_a_title_and_a_description_of_its_own(self, client, seeded):
        titles, descriptions = Counter(), Counter()
        for address in self.addresses(client):
            text = client.get(address).content.decode()
            title = re.search(r"<title>(.*?)</title>", text, re.DOTALL)[1]
            described = attribute(text, "description")
            assert title.removesuffix(" – Concsite").strip(), address
            assert described.strip(), address
            titles[title.strip()] += 1
            descriptions[described] += 1
        assert [title for title, count in titles.items() if count > 1] == []
        assert [text for text, count in descriptions.items() if count > 1] == []

    def test_a_page_tells_previews_the_same(self, client):
        ConcurrencyModel.objects.create(
            slug="a-model", title='The "one" & only', summary="So <it> is"
        )
        text = client.get("/models/a-model/").content.decode()
        assert attribute(text, "og:title").endswith('The "one" & only')
        assert attribute(text, "og:description") == "So <it> is"
        assert attribute(text, "description") == "So <it> is"
        picture = "http://testserver/cards/models/a-model.png"
        assert attribute(text, "og:image") == picture
        assert client.get(picture).status_code == 200

    def test_pages_without_a_picture_of_their_own_have_the_sites(self, client):
        text = client.get("/models/").content.decode()
        assert attribute(text, "og:image") == "http://testserver/cards/site.png"

    @pytest.mark.parametrize(
        "address, canonical",
        [
            ("/models/?unit=thread", "/models/"),
            (COMPARED, COMPARED),
        ],
    )
    def test_filters_are_not_pages_but_comparisons_are(
        self, client, seeded, address, canonical
    ):
        text = client.get(address).content.decode()
        found = re.search(r'<link rel="canonical" href="([^"]*)">', text)[1]
        assert html.unescape(found) == f"http://testserver{canonical}"

    @pytest.mark.parametrize("address", ["/nowhere/", "/models/nowhere/"])
    def test_what_is_not_there_has_no_address(self, client, address):
        text = client.get(address).content.decode()
        assert 'rel="canonical"' not in text and "og:" not in text


class TestPictures:
    def test_they_have_the_size_that_previews_expect(self):
        image = opened(social_card.draw(Card("Model", "A title", "A summary.")))
        assert (image.size, image.format) == (social_card.SIZE, "PNG")

    @pytest.mark.parametrize("text", ["word " * 200, "w" * 400, ""])
    def test_whatever_the_text_nothing_leaves_the_margin(self, text):
        image = opened(social_card.draw(Card("Model", text, text)))
        paper = image.getpixel((5, 300))
        edges = [(x, y) for x in (0, 60, 1140, 1199) for y in range(20, 630, 3)]
        assert {image.getpixel(place) for place in edges} == {paper}

    def test_a_picture_is_drawn_once_for_what_it_shows(self, folder):
        card = Card("Model", "A title", "A summary.")
        first = social_cards.png_of(card, "models-a")
        (path,) = folder.iterdir()
        path.write_bytes(b"kept")
        assert social_cards.png_of(card, "models-a") == b"kept" != first

    def test_a_new_one_takes_the_place_of_the_old(self, folder):
        social_cards.png_of(Card("Model", "Old", ""), "models-a")
        social_cards.png_of(Card("Model", "New", ""), "models-a")
        assert len(list(folder.iterdir())) == 1

    def test_who_has_it_is_not_sent_it_again(self, client, seeded):
        answer = client.get("/cards/models/thread-pool.png")
        again = client.get(
            "/cards/models/thread-pool.png", headers={"if-none-match": answer["ETag"]}
        )
        assert (answer.status_code, again.status_code) == (200, 304)

    @pytest.mark.parametrize("address", ["models/none", "nothing/thread-pool"])
    def test_there_is_none_of_what_there_is_not(self, client, address):
        assert client.get(f"/cards/{address}.png").status_code == 404

    def test_a_draft_has_none(self, client):
        ConcurrencyModel.objects.create(slug="a-model", title="A", status="draft")
        assert client.get("/cards/models/a-model.png").status_code == 404
