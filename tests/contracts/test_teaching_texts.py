"""The teaching servers are written alike, so that a diff shows the models."""

import ast
import re

import pytest

from tests.contracts.teaching import BLOCKING, DRIVERS, GREEN

ORDER = ["main", "reap", "work", "attend", "Loop", "serve", "read_head"]
ORDER += ["take_head", "respond", "operate"]
POOLS = ["single-thread", "prefork-processes", "thread-pool"]
# The same text in each of these servers.
ALIKE = {
    "take_head": list(DRIVERS),
    "respond": list(DRIVERS),
    "operate": list(DRIVERS),
    "serve": [*BLOCKING, GREEN],
    "read_head": [*BLOCKING, GREEN],
    "work": POOLS,
    "main": ["thread-per-connection", GREEN],
    "attend": ["thread-per-connection", GREEN],
    "Loop": ["event-loop", "multi-event-loop"],
}


def source(slug: str) -> str:
    return (DRIVERS[slug].folder / "server.py").read_text()


def parts(slug: str) -> dict[str, str]:
    """Return the functions and classes of a server: name -> text, in their order."""
    named = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    text = source(slug)
    return {
        node.name: ast.get_source_segment(text, node)
        for node in ast.parse(text).body
        if isinstance(node, named)
    }


class TestText:
    @pytest.mark.parametrize("slug", DRIVERS)
    def test_it_is_short(self, slug):
        assert len(source(slug).splitlines()) <= 150
        assert len((DRIVERS[slug].folder / "driver.py").read_text().splitlines()) <= 60

    @pytest.mark.parametrize("slug", DRIVERS)
    def test_its_parts_have_the_names_that_all_use_in_the_order_that_all_use(
        self, slug
    ):
        names = list(parts(slug))
        assert names == [name for name in ORDER if name in names]

    @pytest.mark.parametrize("name", ALIKE)
    def test_what_is_the_same_is_written_the_same(self, name):
        texts = {parts(slug)[name] for slug in ALIKE[name]}
        assert len(ALIKE[name]) > 1 and len(texts) == 1

    @pytest.mark.parametrize("slug", DRIVERS)
    def test_it_tells_the_life_of_a_connection(self, slug):
        told = ast.get_docstring(ast.parse(source(slug)))
        assert "The life of a connection" in told
        assert [int(n) for n in re.findall(r"^(\d)\. ", told, re.MULTILINE)][:4] == [
            *range(1, 5)
        ]

    @pytest.mark.parametrize("slug", DRIVERS)
    def test_its_page_leads_to_functions_that_are_there(self, slug):
        page = (DRIVERS[slug].folder / "catalog.md").read_text()
        linked = set(re.findall(r"\(#fn-(\w+)\)", page))
        assert linked
        assert {name for name in linked if f"def {name}(" not in source(slug)} == set()
