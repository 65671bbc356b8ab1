"""Discovery: a malformed plug-in is named with its file, and the others still work."""

from pathlib import Path

import pytest

from labs.bench.contracts.errors import SpecError
from labs.bench.contracts.protocol import Protocol
from labs.bench.contracts.scenario import Scenario
from labs.bench.contracts.settings import as_dict
from labs.bench.contracts.spec import Spec
from labs.checks import plug_ins_are_well_formed
from labs.plugins import registry
from models_catalog.files import reader
from tests.contracts import examples
from tests.contracts.plugins import DRIVER, PROTOCOL, SCENARIO, changed, write_server
from tests.contracts.real_server import report


def assert_named(found: registry.Found, path: Path, said: str) -> None:
    """Hold that this one file has a problem that says so, and that it is left out."""
    assert {problem.path for problem in found.problems} == {path}
    sentences = " ".join(problem.sentence for problem in found.problems)
    assert said in sentences
    assert not any(part in found.plugins for part in (path.stem, path.parent.name))


class TestBrokenServers:
    @pytest.mark.parametrize(
        "old, new, said",
        [
            ("class Quiet(", "class Quiet", "cannot be imported: SyntaxError"),
            ("import dataclass", "import data_class", "cannot be imported: ImportErr"),
            ('    name = "Quiet"', "    boom = 1 / 0", "cannot be imported: ZeroDiv"),
            ("class Quiet(Driver)", "class Quiet", "must be one Driver in it, not 0"),
            (
                "class Quiet(Driver):",
                "class Other(Driver):\n    pass\n\nclass Quiet(Driver):",
                "must be one Driver in it, not 2",
            ),
            ("def command", "def commands", "abstract method"),
            ('    name = "Quiet"\n', "", "name must be a text, not None"),
            ('package = "coreutils"', 'package = " "', "package must be a text"),
            ("    Knobs = Knobs\n", "", "Knobs must be a dataclass"),
            ("frozen=True", "frozen=False", "Knobs must be frozen"),
            (', help="How many may wait."', "", "missing 1 required keyword-only"),
            ("How many may wait.", "", "Knobs.backlog must have a label and a help"),
            ('"Backlog"', '""', "Knobs.backlog must have a label and a help"),
            ("number(5, 1, 9, ", "int(5) or (", "cannot be imported: SyntaxError"),
            ("number(5, 1, 9", "number(50, 1, 9", "The default is out of bounds"),
            ("backlog=knobs", "back_log=knobs", "undefined name: 'backlog'"),
            ("quiet.conf", "gone.conf", "files() or command() fails: FileNotFound"),
            ("knobs.backlog", "knobs.nothing", "fails: AttributeError"),
            ("[self.binary,", '["true",', "command() must begin with an absolute path"),
            (
                "return [self",
                "return 7 + [self",
                "files() or command() fails: TypeError",
            ),
            (
                '    package = "coreutils"',
                '    package = "coreutils"\n    operations = frozenset({"fly"})',
                "operations must be among bytes, cpu, ping, wait, not fly",
            ),
            (', "reload"), "It', '), "It', "must say why there is no reload"),
            (
                '    package = "coreutils"',
                '    package = "coreutils"\n    reload_signal = "SIGSING"',
                "reload_signal must be a signal, not 'SIGSING'",
            ),
        ],
    )
    def test_each_is_named_and_the_next_one_works(self, tmp_path, old, new, said):
        path = write_server(tmp_path, "broken", changed(DRIVER, old, new))
        write_server(tmp_path, "whole")
        found = registry.find_servers(tmp_path)
        assert_named(found, path, said)
        assert list(found.plugins) == ["whole"]

    def test_a_folder_without_a_driver(self, tmp_path):
        path = write_server(tmp_path, "empty", driver=None)
        assert_named(registry.find_servers(tmp_path), path, "The file is missing")

    @pytest.mark.parametrize("name", ["Upper", "two words", "under_score", "9lives"])
    def test_a_folder_with_a_name_that_is_no_slug(self, tmp_path, name):
        path = write_server(tmp_path, name)
        assert_named(registry.find_servers(tmp_path), path, f"{name!r} is not a slug")

    def test_a_folder_without_a_page(self, tmp_path):
        path = write_server(tmp_path, "mute")
        (tmp_path / "mute/catalog.md").unlink()
        assert_named(registry.find_servers(tmp_path), path, "must be a catalog.md")

    def test_private_folders_and_files_are_no_servers(self, tmp_path):
        for name in ("_shared", ".git", "__pycache__"):
            write_server(tmp_path, name)
        (tmp_path / "_shared.py").write_text("")
        assert registry.find_servers(tmp_path) == registry.Found({}, ())

    def test_a_file_that_could_not_be_read_can_be_once_it_is_mended(self, tmp_path):
        path = write_server(tmp_path, "mended", "class")
        assert registry.find_servers(tmp_path).problems
        path.write_text(DRIVER)
        assert list(registry.find_servers(tmp_path).plugins) == ["mended"]


class TestBrokenScenarios:
    @pytest.mark.parametrize(
        "old, new, said",
        [
            ("class Patience(", "class Patience", "cannot be imported: SyntaxError"),
            ("def judge", "def judges", "abstract method"),
            ('    title = "Patience"\n', "", "title must be a text, not None"),
            ("    Params = Params\n", "", "Params must be a dataclass"),
            (', help="How long."', ', help=""', "Params.duration_s must have a label"),
            ("    charts = (Chart", "    chart = (Chart", "charts must name at least"),
            ("return Plan(", "return (", "plan() must return a Plan"),
            ("params.duration_s", "params.length_s", "plan() fails: AttributeError"),
            (
                '    question = "Does it answer?"',
                '    question = "?"\n    needs = frozenset({"fly"})',
                "among bytes, cpu, ping, pipeline, slow_body, wait, not fly",
            ),
        ],
    )
    def test_each_is_named_and_the_next_one_works(self, tmp_path, old, new, said):
        path = tmp_path / "broken.py"
        path.write_text(changed(SCENARIO, old, new))
        (tmp_path / "whole_one.py").write_text(SCENARIO)
        found = registry.find_files(tmp_path, Scenario)
        assert_named(found, path, said)
        assert list(found.plugins) == ["whole-one"]

    def test_one_without_an_article(self, tmp_path):
        path = tmp_path / "terse.py"
        path.write_text(changed(SCENARIO, "Does it answer? " * 20, "Does it answer?"))
        found = registry.find_files(tmp_path, Scenario)
        assert_named(found, path, "Its docstring must be the article")


class TestBrokenProtocols:
    @pytest.mark.parametrize(
        "old, new, said",
        [
            ("def parser", "def parsers", "abstract method"),
            ('slow_head(self):\n        return b"?"', "slow_head(self): ...", "bytes"),
            ("class Silence(Protocol)", "class Silence", "one Protocol in it, not 0"),
        ],
    )
    def test_each_is_named_and_the_next_one_works(self, tmp_path, old, new, said):
        path = tmp_path / "broken.py"
        path.write_text(changed(PROTOCOL, old, new))
        (tmp_path / "whole.py").write_text(PROTOCOL)
        found = registry.find_files(tmp_path, Protocol)
        assert_named(found, path, said)
        assert list(found.plugins) == ["whole"]

    def test_two_files_of_one_slug(self, tmp_path):
        for name in ("a-b.py", "a_b.py"):
            (tmp_path / name).write_text(PROTOCOL)
        found = registry.find_files(tmp_path, Protocol)
        assert list(found.plugins) == ["a-b"]
        (problem,) = found.problems
        assert problem.path.name == "a_b.py"
        assert problem.sentence == "There are two with the slug 'a-b'"


class TestWhatNobodyThoughtOf:
    """Faults that the checks themselves stumble over."""

    @pytest.mark.parametrize(
        "old, new",
        [
            ('binary = "/usr/bin/true"', "binary = 7"),
            ("    name =", '    operations = ("ping",)\n    name ='),
            ("number(5, 1, 9", 'number(5, "1", "9"'),
            ("return {", "return [7] or {"),
        ],
    )
    def test_a_value_of_another_kind_spoils_one_server_alone(self, tmp_path, old, new):
        path = write_server(tmp_path, "broken", changed(DRIVER, old, new))
        write_server(tmp_path, "whole")
        found = registry.find_servers(tmp_path)
        assert list(found.plugins) == ["whole"]
        assert [problem.path for problem in found.problems] == [path]

    @pytest.mark.parametrize(
        "old, new",
        [
            ("class Silence", "raise SystemExit\n\nclass Silence"),
            ("def slow_head(self):", "def slow_head(self):\n        1 / 0"),
            (
                "def request",
                "def __init__(self):\n        raise ValueError\n\n    def request",
            ),
        ],
    )
    def test_one_that_raises_spoils_itself_alone(self, tmp_path, old, new):
        path = tmp_path / "broken.py"
        path.write_text(changed(PROTOCOL, old, new))
        (tmp_path / "whole.py").write_text(PROTOCOL)
        found = registry.find_files(tmp_path, Protocol)
        assert list(found.plugins) == ["whole"]
        assert [problem.path for problem in found.problems] == [path]


class TestOurOwn:
    def test_nothing_is_wrong_with_them(self):
        assert registry.problems() == []
        assert plug_ins_are_well_formed(None) == []

    def test_they_are_listed_by_slug_in_order(self):
        for kind in (registry.servers, registry.scenarios, registry.protocols):
            assert list(kind()) == sorted(kind()) != []
            assert all(plugin.slug == slug for slug, plugin in kind().items())


class TestApplicability:
    def why_not(self, server: str, scenario: str) -> str:
        driver = registry.servers()[server]
        return registry.applicable(driver, registry.scenarios()[scenario])

    @pytest.mark.parametrize(
        "server, scenario",
        [
            ("nginx", "reload"),
            ("nginx", "worker-crash"),
            ("php-fpm", "slow-post"),
            ("apache-prefork", "defence"),
            ("node", "cpu-handler"),
        ],
    )
    def test_a_server_that_has_all_takes_it(self, server, scenario):
        assert self.why_not(server, scenario) == ""

    @pytest.mark.parametrize(
        "server, scenario, because",
        [
            ("nginx", "wait-handler", "NGINX runs no application in its workers"),
            ("redis", "slow-post", "A command has no body"),
            ("daphne", "defence", "no setting “Header timeout”"),
            ("nginx", "defence", "NGINX cannot leave its limit for request heads off"),
            ("node", "reload", "Node.js itself has no graceful restart"),
        ],
    )
    def test_one_that_lacks_something_is_declined_in_words(
        self, server, scenario, because
    ):
        why_not = self.why_not(server, scenario)
        assert because in why_not and not why_not.endswith(".")
        with pytest.raises(SpecError, match=f"{because}"):
            registry.resolve(Spec(server, scenario))


class TestDocumentation:
    @pytest.fixture
    def example(self, tmp_path):
        """Write the example of docs/adding-a-server.md and load it."""
        examples.write("adding-a-server.md", tmp_path)
        found = registry.find_servers(tmp_path / "labs/servers")
        assert found.problems == ()
        return found.plugins["fork-per-connection"]

    def test_the_server_of_the_docs_is_well_formed(self, example):
        path = example.folder / "catalog.md"
        page = reader.parse(path.read_bytes(), path, reader.ServerPage)
        assert page.slug == example.slug
        assert page.concurrency_model_slug == example.concurrency_model

    def test_the_protocol_of_the_docs_is_well_formed(self, tmp_path):
        (path,) = examples.write("adding-a-protocol.md", tmp_path)
        found = registry.find_files(path.parent, Protocol)
        assert found.problems == () and list(found.plugins) == ["lines"]

    @pytest.mark.server
    def test_the_server_of_the_docs_runs(self, example):
        told = report(example, as_dict(example.Knobs()))
        assert (told["fault"], told["left"]) == ("", [])
        assert all("200 OK" in answer for answer in told["answers"])
