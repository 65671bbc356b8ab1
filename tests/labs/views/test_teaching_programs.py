"""A teaching server's page: its program, highlighted, an anchor at each function."""

import re

import pytest
from django.db import transaction
from django.test import Client

from labs.plugins import registry
from labs.presentation import code_metrics
from models_catalog.sync import sync
from tests.catalog.reading import Page

pytestmark = pytest.mark.django_db

TEACHING = [
    slug
    for slug, driver in registry.servers().items()
    if (driver.folder / "server.py").is_file()
]
WITHOUT = "nginx"
SHOWN = [*TEACHING, WITHOUT]


@pytest.fixture(scope="session")
def answers(open_rows, django_db_blocker):
    """The page of each server, from one catalog that is gone again."""
    open_rows.take_away()
    with django_db_blocker.unblock(), transaction.atomic():
        sync.sync(sync.read())
        pages = {slug: Client().get(f"/servers/{slug}/") for slug in SHOWN}
        transaction.set_rollback(True)
    return pages


@pytest.fixture
def answer(answers, slug):
    return answers[slug]


@pytest.fixture
def page(answer):
    return Page(answer.content)


def program(slug: str) -> str:
    return (registry.servers()[slug].folder / "server.py").read_text()


@pytest.mark.parametrize("slug", TEACHING)
class TestProgram:
    def test_it_is_shown_as_it_is(self, page, slug):
        assert page.texts("pre").count(program(slug)) == 1

    def test_each_function_has_an_anchor(self, page, slug):
        ids = {attributes.get("id") for _, attributes in page.tags}
        functions = code_metrics.functions(program(slug))
        assert functions
        assert {f"fn-{name}" for name in functions} <= ids

    def test_an_anchor_is_at_its_function(self, answer, slug):
        for name in code_metrics.functions(program(slug)):
            after = answer.content.decode().partition(f'id="fn-{name}">')[2]
            line = re.sub(r"<[^>]*>", "", after.partition("\n")[0])
            assert re.match(rf"\s*(async )?def {name}\(", line)

    def test_the_explanation_leads_to_anchors_that_are_there(self, page, slug):
        ids = {attributes.get("id") for _, attributes in page.tags}
        links = {link for link in page.values("a", "href") if link[:4] == "#fn-"}
        assert links
        assert {link[1:] for link in links} <= ids

    def test_how_long_and_branched_it_is_is_said(self, page, slug):
        text = program(slug)
        assert page.values("data", "value") == [
            str(code_metrics.source_lines(text)),
            str(code_metrics.branches(text)),
        ]

    def test_it_is_coloured_by_classes_only(self, answer, page, slug):
        assert {"k", "c1", "sd"} <= set(page.values("span", "class"))
        assert b" style=" not in answer.content


@pytest.mark.parametrize("slug", [WITHOUT])
class TestNoProgram:
    def test_a_server_without_one_shows_none(self, page, slug):
        assert "/lab/server.py" not in page.texts("summary")
        assert page.values("data", "value") == []
