"""Cards in other sites' pages: who may frame them, and what they must not do."""

import html
import re

import pytest

from models_catalog.models import Claim, ConcurrencyModel

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seeded")]

EMBEDS = ["/embed/models/thread-pool/", "/embed/claims/{claim}/"]


@pytest.fixture(params=EMBEDS)
def address(request):
    return request.param.format(claim=Claim.objects.published().first().slug)


def policy(answer):
    return dict(
        part.strip().split(" ", 1)
        for part in answer["Content-Security-Policy"].split(";")
    )


class TestFrames:
    def test_anybody_may_show_a_card(self, client, address):
        answer = client.get(address)
        assert policy(answer)["frame-ancestors"] == "*"
        assert "X-Frame-Options" not in answer

    def test_the_rest_of_the_policy_stays(self, client, address):
        found = policy(client.get(address))
        assert found.pop("frame-ancestors") == "*"
        whole = policy(client.get("/models/"))
        assert found == {k: v for k, v in whole.items() if k != "frame-ancestors"}

    @pytest.mark.parametrize("page", ["/", "/models/thread-pool/", "/compare/"])
    def test_nobody_may_show_any_other_page(self, client, page):
        answer = client.get(page)
        assert policy(answer)["frame-ancestors"] == "'none'"
        assert answer["X-Frame-Options"] == "DENY"


class TestCards:
    def test_they_know_nothing_of_the_visitor(self, admin_client, address):
        answer = admin_client.get(address)
        assert not answer.cookies
        assert "Cookie" not in answer.get("Vary", "")
        assert "csrf" not in answer.content.decode()

    def test_nothing_in_them_can_be_sent(self, client, address):
        text = client.get(address).content.decode()
        assert "<form" not in text and "/run" not in re.sub("/runs/", "", text)

    def test_links_open_outside_the_frame(self, client, address):
        assert '<base target="_blank">' in client.get(address).content.decode()

    @pytest.mark.parametrize("theme, given", [("dark", True), ('"x', False)])
    def test_a_theme_can_be_asked_for(self, client, address, theme, given):
        text = client.get(address, {"theme": theme}).content.decode()
        assert ("data-theme" in text) is given

    def test_a_model_shows_its_diagram(self, client):
        assert 'data-diagram="thread-pool"' in client.get(EMBEDS[0]).content.decode()

    def test_a_draft_has_none(self, client):
        ConcurrencyModel.objects.filter(slug="thread-pool").update(status="draft")
        assert client.get(EMBEDS[0]).status_code == 404


class TestTheTextToCopy:
    @pytest.mark.parametrize("kind", ["models", "claims"])
    def test_a_page_has_the_text_that_shows_its_card(self, client, kind):
        slug = "thread-pool"
        if kind == "claims":
            slug = Claim.objects.published().first().slug
        text = client.get(f"/{kind}/{slug}/").content.decode()
        shown = html.unescape(re.search(r"<textarea.*?>(.*?)</textarea>", text)[1])
        source = re.search(r'<iframe src="(.*?)" title="', shown)[1]
        assert source == f"http://testserver/embed/{kind}/{slug}/"
        assert client.get(source).status_code == 200

    def test_a_title_cannot_leave_the_text(self, client):
        ConcurrencyModel.objects.filter(slug="thread-pool").update(
            title='"></textarea><script>'
        )
        text = client.get("/models/thread-pool/").content.decode()
        assert "</textarea><script>" not in text
