"""Where a server's programs are found, and what is said where they are not."""

from pathlib import Path

import pytest

from labs.bench.sandbox import lab_root
from labs.bench.sandbox.one_shot import one_shot
from labs.bench.server import binaries
from labs.plugins import registry
from labs.plugins.availability import availability
from tests.contracts import plugins

DRIVER = plugins.changed(
    plugins.DRIVER,
    '    package = "coreutils"',
    '    package = "quiet"\n    from_host = "quiet"\n    how_to_get = "Ask for it"\n'
    '    helpers = ("/usr/bin/helper",)',
)
DRIVER = plugins.changed(DRIVER, '"/usr/bin/true"', '"/run/quiet"')


@pytest.fixture
def driver(tmp_path):
    """A driver whose binary no lab root holds, and which needs a helper of it."""
    folder = tmp_path / "servers"
    folder.mkdir()
    plugins.write_server(folder, "quiet", _with_signature(DRIVER))
    found = registry.find_servers(folder)
    assert not found.problems
    return found.plugins["quiet"]


def _with_signature(text: str) -> str:
    if "def signature" in text:
        return text
    return text + "\n    def signature(self, knobs):\n        return None\n"


@pytest.fixture
def home(monkeypatch, tmp_path):
    """A home of labs with a lab root that holds the helper, and an empty PATH."""
    helper = tmp_path / "home/root/usr/bin/helper"
    put(helper)
    (tmp_path / "path").mkdir()
    monkeypatch.setenv("LABS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    return tmp_path / "home"


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(0o755)
    return path


class TestBinaryOfTheHost:
    def test_the_path_is_searched(self, driver, home):
        path = put(home.parent / "path/quiet")
        assert binaries.of_host(driver) == path
        assert binaries.bound(driver) == {"/run/quiet": path}
        assert binaries.missing(driver, lab_root.find()) == ""

    def test_the_home_of_labs_comes_first(self, driver, home):
        put(home.parent / "path/quiet")
        path = put(home / "bin/quiet")
        assert binaries.of_host(driver) == path

    def test_what_cannot_be_executed_is_no_program(self, driver, home):
        put(home / "bin/quiet").chmod(0o644)
        assert binaries.of_host(driver) is None

    def test_a_link_is_bound_as_what_it_leads_to(self, driver, home):
        path = put(home.parent / "elsewhere/quiet-2.0")
        (home.parent / "path/quiet").symlink_to(path)
        assert binaries.of_host(driver) == path

    def test_where_it_is_absent_people_are_told_what_to_do(self, driver, home):
        found = availability(driver)
        assert not found.available and binaries.bound(driver) == {}
        assert str(home / "bin") in found.reason and "PATH" in found.reason
        assert found.how_to_get == "Ask for it"


class TestHelpers:
    def test_one_that_is_absent_is_named(self, driver, home):
        put(home / "bin/quiet")
        (home / "root/usr/bin/helper").unlink()
        assert "/usr/bin/helper" in binaries.missing(driver, lab_root.find())
        assert not availability(driver).available


@pytest.mark.sandbox
class TestBound:
    """A file of the host inside a real sandbox."""

    @pytest.fixture
    def python(self):
        root = lab_root.find()
        if not root.exists:
            pytest.skip(f"{root.reason}; {root.how_to_get}")
        return (root.root / "usr/bin/python3").resolve()

    def test_it_runs_at_the_path_it_was_given(self, python):
        command = ["/run/tool", "-I", "-c", "print(6 * 7)"]
        assert one_shot(command, binaries={"/run/tool": python}) == (0, "42\n")

    @pytest.mark.parametrize("path", ["/run/tool", "/run/more"])
    def test_it_and_its_folder_cannot_be_written(self, python, path):
        command = ["/run/tool", "-I", "-c", f"open({path!r}, 'w')"]
        code, said = one_shot(command, binaries={"/run/tool": python})
        assert code == 1 and "Read-only file system" in said
