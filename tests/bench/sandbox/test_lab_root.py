"""Where the lab root is looked for, and whether its servers run."""

import os
import subprocess
from pathlib import Path

import pytest

from labs.bench.sandbox import lab_root

CHECKOUT = Path(__file__).resolve().parents[3]


def packages_with_binaries() -> list[tuple[str, str]]:
    return [
        ("/usr/sbin/apache2", "-v"),
        ("/usr/sbin/nginx", "-v"),
        ("/usr/bin/python3", "--version"),
    ]


class TestHome:
    def test_labs_home_wins(self, monkeypatch):
        monkeypatch.setenv("LABS_HOME", "/somewhere/labs")
        assert lab_root.home() == Path("/somewhere/labs")

    def test_root_has_a_home_that_other_uids_can_read(self, monkeypatch):
        monkeypatch.delenv("LABS_HOME", raising=False)
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        assert lab_root.home() == Path("/var/lib/concsite")

    @pytest.mark.parametrize("given", ["", "relative/path"])
    def test_a_user_has_it_in_the_data_directory(self, monkeypatch, given):
        monkeypatch.delenv("LABS_HOME", raising=False)
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        monkeypatch.setenv("HOME", "/home/ann")
        monkeypatch.setenv("XDG_DATA_HOME", given)
        assert lab_root.home() == Path("/home/ann/.local/share/concsite")

    def test_a_user_may_move_the_data_directory(self, monkeypatch):
        monkeypatch.delenv("LABS_HOME", raising=False)
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        monkeypatch.setenv("XDG_DATA_HOME", "/data")
        assert lab_root.home() == Path("/data/concsite")


class TestFind:
    def test_a_tree_is_found(self, monkeypatch, tmp_path):
        (tmp_path / "root/usr/bin").mkdir(parents=True)
        monkeypatch.setenv("LABS_HOME", str(tmp_path))
        found = lab_root.find()
        assert (found.root, found.exists) == (tmp_path / "root", True)
        assert (found.reason, found.how_to_get) == ("", "")

    def test_a_missing_one_has_a_reason_and_a_remedy(self, monkeypatch, tmp_path):
        monkeypatch.setenv("LABS_HOME", str(tmp_path))
        found = lab_root.find()
        assert not found.exists
        assert found.reason == f"There is no lab root at {tmp_path}/root"
        assert "script/bootstrap" in found.how_to_get

    def test_a_file_in_its_place_is_not_a_root(self, monkeypatch, tmp_path):
        (tmp_path / "root").write_text("")
        monkeypatch.setenv("LABS_HOME", str(tmp_path))
        assert not lab_root.find().exists


@pytest.fixture
def built() -> Path:
    found = lab_root.find()
    if not found.exists:
        pytest.skip(f"{found.reason}: {found.how_to_get}")
    return found.root


@pytest.mark.sandbox
class TestBuiltRoot:
    def test_nothing_in_it_is_privileged_or_a_device(self, built):
        find = ["find", built, "(", "-perm", "/6000", "-o", "-type", "b", "-o"]
        find += ["-type", "c", ")", "-not", "-type", "l"]
        assert subprocess.check_output(find, text=True) == ""

    def test_everyone_can_read_it(self, built):
        find = ["find", built, "-not", "-type", "l", "-not", "-perm", "-0444"]
        assert subprocess.check_output(find, text=True) == ""

    @pytest.mark.parametrize("command", packages_with_binaries())
    def test_its_servers_run(self, built, command):
        assert _run_in(built, *command) != ""

    def test_its_python_need_not_compile_what_it_imports(self, built):
        code = "import json; print(__import__('os').path.exists(json.__cached__))"
        assert _run_in(built, "/usr/bin/python3", "-c", code) == "True\n"


def _run_in(root: Path, *command: str) -> str:
    drop = ["setpriv", "--reuid=64900", "--regid=64900", "--clear-groups"]
    box = ["bwrap", "--unshare-user", "--unshare-pid", "--unshare-net"]
    box += ["--die-with-parent", "--clearenv", "--ro-bind", str(root), "/"]
    box += ["--proc", "/proc", "--dev", "/dev", "--"]
    whole = [*(drop if os.geteuid() == 0 else []), *box, *command]
    done = subprocess.run(whole, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr
