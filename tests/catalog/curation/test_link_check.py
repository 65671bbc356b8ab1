"""`catalog check` and the system check: faults in files, each with file and line."""

import re
from collections.abc import Iterable, Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from labs.plugins import registry
from models_catalog import checks
from models_catalog.curation import link_check
from models_catalog.files import reader
from models_catalog.sync import sync
from tests.catalog import bundle

MODEL = """---
slug: pool
title: Pool
summary: Many.
unit_of_concurrency: a worker
io_style: blocking
limit: the pool
---
{}
"""
SERVER = """---
slug: httpd
name: Httpd
concurrency_model: {}
summary: It serves.
---
Text.
"""
# What the page of every model tells, in this order.
HEADINGS = [
    "The idea",
    "The life of a connection",
    "What limits it",
    "What a slow client does",
    "What a busy handler does",
    "What a crash costs",
    "Memory per connection",
    "Who uses it, and why",
    "How to tune it",
    "Common mistakes",
    "History",
]
# "In a run the server took 8.6 MiB": a figure that has lost its date and its host.
RUN_TOLD = re.compile(
    r"\b(?:in|of) (?:(?:a|one|two|three|five) runs?|runs of the lab)\b"
    r"|\bthe lab (?:has seen|measured)\b",
    re.IGNORECASE,
)


@pytest.fixture
def check(settings, tmp_path):
    """Write a model with this text and a server with this model, and check them."""
    settings.CATALOG_CONTENT_DIR = tmp_path
    settings.CATALOG_SERVER_PAGES = tmp_path / "servers"
    settings.CATALOG_LINK_TARGETS = ["/labs/slowloris/"]

    def run(body: str = "Text.", model: str = "pool") -> None:
        for name, text in {
            "models/pool.md": MODEL.format(body),
            "servers/httpd/catalog.md": SERVER.format(model),
        }.items():
            path = Path(tmp_path, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        call_command("catalog", "check")

    return run


class TestLinks:
    @pytest.mark.parametrize(
        "text",
        [
            "[a](/models/pool/) [b](/servers/httpd/#knobs) [c](/) [d](/models/)",
            "[a](/labs/slowloris/?server=httpd&from=1#form)",
            "[a](</servers/httpd/>) [b][c]\n\n[c]: /servers/httpd/",
            "[a](https://example.org/no/such/page) [b](#here)",
            "`](nothing)` and (/no/link/)",
            "![a](/static/favicon.svg) ![b](/media/pictures/a.png)",
        ],
    )
    def test_what_leads_somewhere_is_in_order(self, check, text, capsys):
        check(text)
        assert capsys.readouterr() == ("The catalog's files are in order\n", "")

    @pytest.mark.parametrize(
        "text, said",
        [
            ("[a](/models/pol/)", "dead link /models/pol/"),
            ("[a](/servers/nginx/)", "dead link /servers/nginx/"),
            ("[a](/servers/httpd)", "dead link /servers/httpd"),
            ("[a](/labs/sloris/?server=httpd)", "dead link /labs/sloris/"),
            ("[a](</models/pol/>)", "dead link /models/pol/"),
            ("[a][b]\n\n[b]: /models/pol/", "dead link /models/pol/"),
            ("![a](/static/no.png)", "dead link /static/no.png"),
            ("[a](/labs/slowloris/?server=ngin)", "unknown server 'ngin'"),
        ],
    )
    def test_a_dead_one_is_named_with_its_line(
        self, check, tmp_path, text, said, capsys
    ):
        line = 9 + text.count("\n")
        with pytest.raises(CommandError, match="^1 fault in the"):
            check(text)
        assert f"{tmp_path}/models/pool.md:{line}: {said}" in capsys.readouterr().err


class TestSlugs:
    def test_an_unknown_model_is_named(self, check, capsys):
        with pytest.raises(CommandError, match="^1 fault in the"):
            check(model="pol")
        said = "catalog.md:4: unknown model 'pol'; did you mean 'pool'?"
        assert said in capsys.readouterr().err

    def test_the_system_check_names_it_too(self, check):
        with pytest.raises(CommandError):
            check(model="pol")
        (error,) = checks.content_files_are_well_formed(None)
        assert error.id == "models_catalog.E001"
        assert "catalog.md:4: unknown model 'pol'; did you mean 'pool'" in error.msg

    def test_the_system_check_is_silent_when_all_is_well(self, check):
        check()
        assert checks.content_files_are_well_formed(None) == []


class TestNotes:
    @pytest.mark.parametrize(
        "text, said",
        [
            ("[@kegal]", "unknown source 'kegal'; did you mean 'kegel'?"),
            ("One [@kegel,\n part 2] [@nobody]", "unknown source 'nobody'"),
            ("[@Kegel]", "malformed citation; wanted [@slug] or [@slug, place]"),
            ("[w](term:workers)", "unknown term 'workers'; did you mean 'worker'?"),
            ("[w](/glossary/#wrker)", "dead link /glossary/#wrker"),
            ("[a](/claims/no/)", "dead link /claims/no/"),
            ("[a](/loads/fast/)", "dead link /loads/fast/"),
        ],
    )
    def test_a_fault_is_named_with_its_line(self, tmp_path, text, said):
        change = {"models/loop.md": ("Another.", text)}
        (found,) = faults(bundle.write(tmp_path, change))
        line = 9 + text.count("\n")
        assert found == f"{tmp_path}/models/loop.md:{line}: {said}"

    @pytest.mark.parametrize(
        "text",
        [
            "[@kegel, part 2] [w](term:worker) [x](/glossary/#worker)",
            "`[@nobody]` `[x](term:no)`",
            "```\n[@nobody]\n```",
            "[a](/claims/pool-serves-n/) [b](/loads/slow/) [c](/sources/kegel/)",
        ],
    )
    def test_what_leads_somewhere_is_in_order(self, tmp_path, text):
        change = {"models/loop.md": ("Another.", text)}
        assert faults(bundle.write(tmp_path, change)) == []

    @pytest.mark.parametrize(
        "text, said",
        [
            ("<script>alert(1)</script>", "<script> is not shown; write HTML that"),
            ("[a](javascript:alert(1))", "a link must not lead to javascript:"),
            ("![a](https://example.org/a.png)", "an image must be one of this site's"),
        ],
    )
    def test_a_script_in_a_text_is_named_with_its_line(
        self, db, settings, tmp_path, capsys, text, said
    ):
        change = {"models/loop.md": ("Another.", f"\nAnother.\n\n{text}")}
        settings.CATALOG_CONTENT_DIR = bundle.write(tmp_path, change)
        settings.CATALOG_SERVER_PAGES = tmp_path / "none"
        settings.CATALOG_LINK_TARGETS = ["/labs/slowloris/"]
        with pytest.raises(CommandError, match="^1 fault in the"):
            call_command("catalog", "check")
        said = f"{tmp_path}/models/loop.md:12: {said}"
        assert said in capsys.readouterr().err
        with pytest.raises(CommandError) as refused:
            call_command("catalog", "sync")
        assert said in str(refused.value)


class TestEvidence:
    @pytest.mark.parametrize(
        "old, new, said",
        [
            ("capacity", "capasity", ":10: Run 'apache-prefork': Unknown scenario"),
            ("apache-prefork", "apache", ":10: Run 'apache': Unknown server 'apache'"),
            ("{processes:", "{procesess:", ":10: Run 'apache-prefork': Unknown settin"),
            ("warm_up_s: 0.5", "warm_up: 1", ":10: Run 'apache-prefork': Unknown set"),
            ("{figure:", "{figur:", ":16: Expectation 1: unknown key 'figur'"),
        ],
    )
    def test_a_claim_that_can_never_be_run_is_named(
        self, db, settings, tmp_path, capsys, old, new, said
    ):
        name = "claims/pool-serves-n.md"
        settings.CATALOG_CONTENT_DIR = bundle.write(tmp_path, {name: (old, new)})
        settings.CATALOG_SERVER_PAGES = tmp_path / "none"
        settings.CATALOG_LINK_TARGETS = ["/labs/slowloris/"]
        with pytest.raises(CommandError, match="^1 fault in the"):
            call_command("catalog", "check")
        assert f"{tmp_path}/{name}{said}" in capsys.readouterr().err
        with pytest.raises(CommandError, match=f"{name}{said}"):
            call_command("catalog", "sync")

    def test_a_claim_without_expectations_is_named(self, tmp_path):
        old = "expect:\n- {figure: served_at_once, equals: 4}\n"
        folder = bundle.write(tmp_path, {"claims/pool-serves-n.md": (old, "")})
        (found,) = faults(folder)
        assert found.endswith(":1: the claim does not say what must come of its runs")

    def test_all_faults_are_told_at_once(self, settings, tmp_path, capsys):
        changes = {
            "models/loop.md": ("limit:", "limits:"),
            "loads/slow.md": ("kind: attack", "kind: atack\norder: -1"),
            "servers/httpd.md": ("model: pool", "model: pol"),
        }
        settings.CATALOG_CONTENT_DIR = bundle.write(tmp_path, changes)
        settings.CATALOG_SERVER_PAGES = tmp_path / "none"
        settings.CATALOG_LINK_TARGETS = ["/labs/slowloris/"]
        with pytest.raises(CommandError):
            call_command("catalog", "check")
        told = capsys.readouterr().err.splitlines()
        assert [line.removeprefix(f"{tmp_path}/").split(": ")[0] for line in told] == [
            *("models/loop.md:7", "models/loop.md:1", "loads/slow.md:5"),
            "servers/httpd.md:4",
        ]

    def test_a_claim_without_runs_is_named(self, tmp_path):
        claim = bundle.FILES["claims/pool-serves-n.md"]
        runs = claim[claim.index("runs:") : claim.index("expect:")]
        folder = bundle.write(tmp_path, {"claims/pool-serves-n.md": (runs, "")})
        (found,) = faults(folder)
        assert found.endswith("pool-serves-n.md:1: the claim has no runs")

    def test_an_unknown_scenario_is_named(self, tmp_path):
        folder = bundle.write(tmp_path, {"loads/slow.md": ("slowloris", "slow-loris")})
        (found,) = faults(folder)
        assert found.endswith("slow.md:6: unknown scenario 'slow-loris'")

    def test_a_model_without_a_diagram_is_named(self, tmp_path):
        folder = bundle.write(tmp_path / "files")
        (drawn := tmp_path / "diagrams").mkdir()
        (drawn / "loop.svg").write_text("<svg/>")
        (found,) = faults(folder, drawn)
        assert found.endswith("pool.md:2: there is no diagram pool.svg")


def faults(folder: Path, diagrams: Path | None = None) -> list[str]:
    pages = reader.read_all(folder, folder / "none")
    return link_check.check(pages, ["/labs/slowloris/"], diagrams)


class TestSiteFiles:
    def test_they_are_in_order(self):
        output = StringIO()
        call_command("catalog", "check", stdout=output)
        assert output.getvalue() == "The catalog's files are in order\n"

    def test_each_cites_its_sources(self):
        pages = sync.read()
        for page in (*pages.models, *pages.servers):
            assert page.body.count("[@") >= 4, page.slug

    def test_every_model_is_told_in_the_same_order_and_at_the_same_length(self):
        for page in sync.read().models:
            headings = re.findall(r"^## (.+)$", page.body, re.MULTILINE)
            assert headings == HEADINGS, page.slug
            assert 500 <= len(page.body.split()) <= 1200, page.slug

    def test_all_sources_have_a_link_but_two_that_are_only_on_paper(self):
        without = {source.slug for source in sync.read().sources if not source.url}
        assert without == {"erlang-1917", "kleinrock-1975"}

    def test_articles_leave_the_figures_of_runs_to_the_runs(self):
        pages = sync.read()
        for page in (*pages.models, *pages.servers, *pages.loads):
            assert not RUN_TOLD.search(page.body), page.slug

    def test_each_server_of_the_labs_is_in_a_run_of_a_claim(self):
        runs = [run for claim in sync.read().claims for run in claim.runs]
        assert set(servers_of(runs)) >= registry.servers().keys()

    def test_each_attack_has_a_claim(self):
        pages = sync.read()
        attacks = {load.slug for load in pages.loads if load.kind == "attack"}
        assert {slug for claim in pages.claims for slug in claim.load_slugs} >= attacks


def servers_of(runs: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for run in runs:
        servers = run["server"]
        yield from [servers] if isinstance(servers, str) else servers
