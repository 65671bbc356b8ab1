"""What a curator is told about a page."""

import pytest

from models_catalog.curation.link_check import LinkTargets
from models_catalog.curation.warnings import diagram_of, known_pages, warnings_of
from models_catalog.models import ROWS, Claim, ConcurrencyModel, GlossaryTerm, Source

KNOWN = LinkTargets.from_slugs(
    {group: set() for group in ROWS} | {"sources": {"kegel"}, "terms": {"loop"}}
)
DRAWN = "<svg><title>A pool</title><desc>Clients at the left</desc></svg>"
RUN = {"server": "nginx", "scenario": "slowloris"}
GOOD = {"runs": [RUN], "expect": [{"verdict": "holds"}]}


class TestWarnings:
    def test_a_good_page_has_none(self):
        model = ConcurrencyModel(body="A [@kegel] [loop](term:loop).")
        assert warnings_of(model, KNOWN, DRAWN) == []
        assert warnings_of(GlossaryTerm(body=""), KNOWN) == []
        assert warnings_of(Claim(body="A [@kegel].", **GOOD), KNOWN) == []

    @pytest.mark.parametrize(
        "body, said",
        [
            ("[@kegel]\n\n[a](/models/no/)", "Line 3: dead link /models/no/"),
            ("[@kegel] [@pai]", "Line 1: unknown source 'pai'"),
            ("[@kegel] [x](term:lop)", "Line 1: unknown term 'lop'; did you mean"),
            ("[@kegel]\n\n<script>x</script>", "Line 3: <script> is not shown"),
            ("Nothing.", "It cites no source"),
            (
                "[@kegel] ![](/media/pictures/a.png)",
                "A picture has no alternative text",
            ),
        ],
    )
    def test_a_text_is_read(self, body, said):
        (found,) = warnings_of(ConcurrencyModel(body=body), KNOWN, DRAWN)
        assert found.startswith(said)

    @pytest.mark.parametrize(
        "diagram, said",
        [
            ("", "It has no diagram"),
            ("<svg><title> </title><desc>x</desc></svg>", "Its diagram has no text"),
            ("<svg><title>x</title></svg>", "Its diagram has no text"),
        ],
    )
    def test_so_is_a_diagram(self, diagram, said):
        (found,) = warnings_of(ConcurrencyModel(body="[@kegel]"), KNOWN, diagram)
        assert found.startswith(said)

    @pytest.mark.parametrize("missing", GOOD)
    def test_a_claim_that_cannot_be_tested_is_told(self, missing):
        claim = Claim(body="[@kegel]", **GOOD | {missing: []})
        assert len(warnings_of(claim, KNOWN)) == 1

    @pytest.mark.parametrize(
        "fault, said",
        [
            ({"scenario": "slowlorris"}, "Run 'nginx': Unknown scenario 'slowlorris'"),
            ({"server": "ngnix"}, "Run 'ngnix': Unknown server 'ngnix'"),
            ({"knobs": {"procesess": 2}}, "Run 'nginx': Unknown setting 'procesess'"),
            ({"params": {"conections": 2}}, "Unknown setting 'conections'"),
        ],
    )
    def test_so_is_one_that_cannot_be_run_as_written(self, fault, said):
        claim = Claim(body="[@kegel]", **GOOD | {"runs": [RUN | fault]})
        (found,) = warnings_of(claim, KNOWN)
        assert found.startswith("It cannot be run as written. ") and said in found

    @pytest.mark.django_db
    def test_a_source_beside_the_text_of_a_claim_is_one(self):
        claim = Claim.objects.create(slug="c", code="C1", body="Text.", **GOOD)
        assert len(warnings_of(claim, KNOWN)) == 1
        source = Source.objects.create(slug="k", title="K", authors="A", year=1999)
        claim.sources.add(source)
        assert warnings_of(claim, KNOWN) == []


@pytest.mark.django_db  # found by name: it must run before what commits
class TestSiteFiles:
    def test_every_page_of_the_sites_own_is_without_one(self, seeded):
        known = known_pages()
        rows = [row for kind in ROWS.values() for row in kind.objects.all()]
        found = {row: warnings_of(row, known, diagram_of(row)) for row in rows}
        assert {row: told for row, told in found.items() if told} == {}
