"""The doctor: what it concludes on a whole host, a lesser one and a broken one."""

import contextlib
import ctypes
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labs.bench.sandbox import doctor, keeper, lab_root, profile, teardown
from tests.bench.sandbox.launching import CHECKOUT

STRICT, DEGRADED, REFUSE = 0, 1, 78
# A bwrap of another kind: it takes some options out of what the real one is told.
FORGETFUL_BWRAP = """#!/usr/bin/python3
import os, sys
if "--args" in sys.argv:
    at = sys.argv.index("--args") + 1
    words = os.read(int(sys.argv[at]), 1 << 20).split(b"\\0")
    first = words.index({option!r})
    del words[first : first + {length}]
    rest = os.memfd_create("rest", 0)
    os.write(rest, b"\\0".join(words))
    os.lseek(rest, 0, os.SEEK_SET)
    sys.argv[at] = str(rest)
os.execv({real!r}, ["bwrap", *sys.argv[1:]])
"""
OLD_BWRAP = "#!/bin/sh\necho bubblewrap 0.7.0\n"
FAILING_BWRAP = """#!/bin/sh
[ "$1" = --version ] && exec echo bubblewrap 0.8.0
echo no namespaces today >&2
exit 1
"""
PR_SET_CHILD_SUBREAPER = 36
HOUR_S = 3600


class Visit:
    """One examination, by the command that people use."""

    def __init__(self, *words: str, python: str = sys.executable, **options: Any):
        done = subprocess.run(
            [python, "-m", "labs.bench.sandbox.doctor", *words],
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            **options,
        )
        assert not done.stderr, done.stderr
        self.code, self.text = done.returncode, done.stdout

    @property
    def report(self) -> dict[str, Any]:
        return json.loads(self.text)

    def failed(self) -> dict[str, str]:
        """Return name -> detail of the checks that failed."""
        checks = self.report["checks"]
        return {check["name"]: check["detail"] for check in checks if not check["ok"]}


@pytest.fixture
def home(built_root, open_folder) -> Path:
    """Return a LABS_HOME with the real lab root and no report of anybody's."""
    home = open_folder / "home"
    home.mkdir()
    (home / "root").symlink_to(built_root)
    return home


@pytest.fixture
def environment(home, open_folder) -> dict[str, str]:
    """Return variables with which programs put into `open_folder` are found first."""
    path = f"{open_folder}:{os.environ['PATH']}"
    return os.environ | {"LABS_HOME": str(home), "PATH": path}


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """Look that an examination leaves neither processes nor mounts nor groups."""
    us, libc = os.getpid(), ctypes.CDLL(None, use_errno=True)
    before = set(keeper.descendants(us)), Path("/proc/self/mounts").read_text()
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1)  # whoever loses its parent comes to us
    yield
    until_s = time.monotonic() + 5
    while left := [p for p in keeper.descendants(us) if p not in before[0]]:
        assert time.monotonic() < until_s, f"{left} outlived the doctor"
        for pid in left:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 0)
    assert Path("/proc/self/mounts").read_text() == before[1]


@pytest.mark.sandbox
@pytest.mark.usefixtures("nothing_left")
class TestLevels:
    def test_as_root_with_control_groups_it_is_strict(self, as_root, environment):
        visit = Visit("--json", env=environment)
        assert visit.failed() == {}
        assert (visit.code, visit.report["level"]) == (STRICT, "strict")
        assert visit.report["reasons"] == []

    def test_an_ordinary_user_gets_a_degraded_one(self, ordinary):
        visit = Visit("--json", **ordinary)
        assert visit.failed().keys() == {
            "user of its own",
            "memory limit",
            "memory bomb",
        }
        assert (visit.code, visit.report["level"]) == (DEGRADED, "degraded")
        assert len(visit.report["reasons"]) == 3

    def test_the_report_is_remembered_for_the_site(self, environment, home):
        report = Visit("--json", env=environment).report
        (saved,) = home.glob("doctor*.json")
        assert json.loads(saved.read_text()) == report

    def test_an_ordinary_users_report_is_remembered_as_theirs(self, ordinary, home):
        home.chmod(0o777)
        environment = ordinary.get("env", os.environ) | {"LABS_HOME": str(home)}
        report = Visit("--json", **ordinary | {"env": environment}).report
        (saved,) = home.glob("doctor*.json")
        assert json.loads(saved.read_text()) == report
        assert saved.name == f"doctor-{saved.stat().st_uid}.json"

    def test_for_people_it_is_a_line_a_check_and_the_level(self, environment):
        lines = Visit(env=environment).text.splitlines()
        assert lines[0].startswith("ok    lab root")
        assert lines[-1].startswith("level: ")


@pytest.mark.sandbox
@pytest.mark.usefixtures("nothing_left")
class TestRefusals:
    def refused(self, environment: dict[str, str]) -> dict[str, str]:
        visit = Visit("--json", env=environment)
        assert (visit.code, visit.report["level"]) == (REFUSE, "refuse")
        assert visit.report["reasons"]
        return visit.failed()

    def test_without_a_lab_root(self, environment, tmp_path):
        failed = self.refused(environment | {"LABS_HOME": str(tmp_path)})
        assert failed == {"lab root": f"There is no lab root at {tmp_path}/root"}

    def test_without_bwrap(self, environment, tmp_path):
        failed = self.refused(environment | {"PATH": str(tmp_path)})
        assert failed == {"bubblewrap": "found none, at least 0.8.0 wanted"}

    def test_with_an_old_bwrap(self, environment, open_folder):
        _install(open_folder, OLD_BWRAP)
        failed = self.refused(environment)
        assert failed == {"bubblewrap": "found 0.7.0, at least 0.8.0 wanted"}

    def test_with_a_setuid_bwrap(self, environment, open_folder):
        copy = open_folder / "bwrap"
        shutil.copy(shutil.which("bwrap"), copy)
        copy.chmod(0o4755)
        failed = self.refused(environment)
        assert failed.keys() == {"bubblewrap's file"}
        assert "setuid" in failed["bubblewrap's file"]

    def test_with_a_bwrap_that_others_can_replace(self, environment, open_folder):
        copy = open_folder / "bwrap"
        shutil.copy(shutil.which("bwrap"), copy)
        copy.chmod(0o777)
        failed = self.refused(environment)
        assert failed == {"bubblewrap's file": "others can replace what is in it"}

    def test_with_a_bwrap_that_does_not_start(self, environment, open_folder):
        _install(open_folder, FAILING_BWRAP)
        failed = self.refused(environment)
        assert failed.keys() == {
            "sandbox: teardown",
            "sandbox: inside",
            "sandbox: bombs",
        }
        assert "no namespaces today" in failed["sandbox: inside"]

    @pytest.mark.parametrize(
        ("option", "length", "found"),
        [
            (b"--seccomp", 2, {"seccomp", "ptrace", "process_vm_readv"}),
            (b"--unshare-ipc", 1, {"namespaces"}),
        ],
    )
    def test_with_a_bwrap_that_forgets(
        self, environment, open_folder, option, length, found
    ):
        real = shutil.which("bwrap")
        script = FORGETFUL_BWRAP.format(option=option, length=length, real=real)
        _install(open_folder, script)
        assert found <= self.refused(environment).keys()


def _install(folder: Path, script: str) -> None:
    path = folder / "bwrap"
    path.write_text(script)
    path.chmod(0o755)


@pytest.mark.sandbox
class TestProofOfTeardown:
    """With the doctor's own user of sandboxes: not at the same time as a doctor."""

    def test_nobody_survives(self, built_root):
        left, gone_after_s = teardown.survivors_after(5.0)
        assert (left, gone_after_s is not None) == (0, True)

    def test_it_says_why_it_could_start_nothing(self, monkeypatch, tmp_path):
        monkeypatch.setenv("LABS_HOME", str(tmp_path))
        with pytest.raises(RuntimeError, match="There is no lab root"):
            teardown.survivors_after(1.0)


class TestMemory:
    """What the site reads instead of examining at every start."""

    def report(self, **changes: Any) -> doctor.Report:
        values = {
            "level": "strict",
            "reasons": [],
            "checks": [],
            "profile": profile.digest(),
            "bwrap": profile.bwrap_version(),
            "kernel": os.uname().release,
            "took_s": 1.0,
            "at_s": time.time(),
        }
        return doctor.Report(**{**values, **changes})

    def keep(self, report: doctor.Report) -> None:
        doctor.save(report, doctor.report_path())

    @pytest.fixture(autouse=True)
    def home(self, monkeypatch, tmp_path):
        monkeypatch.setenv("LABS_HOME", str(tmp_path / "not yet there"))

    def test_without_a_report_there_is_none(self):
        assert doctor.cached() is None

    def test_a_fresh_one_is_given_back(self):
        report = self.report()
        self.keep(report)
        assert doctor.cached() == report.as_json()

    @pytest.mark.parametrize("field", ["profile", "bwrap", "kernel"])
    def test_one_of_another_sandbox_does_not_count(self, field):
        self.keep(self.report(**{field: "another"}))
        assert doctor.cached() is None

    @pytest.mark.parametrize("age_s", [25 * HOUR_S, -HOUR_S])
    def test_neither_does_an_old_one_or_one_of_the_future(self, age_s):
        self.keep(self.report(at_s=time.time() - age_s))
        assert doctor.cached() is None

    def test_roots_report_is_not_an_ordinary_users(self, monkeypatch):
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        self.keep(self.report())
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        assert doctor.cached() is None

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"at_s": "x"}', "null"])
    def test_a_broken_one_counts_as_none(self, text):
        self.keep(self.report())
        (file,) = lab_root.home().iterdir()
        file.write_text(text)
        assert doctor.cached() is None
