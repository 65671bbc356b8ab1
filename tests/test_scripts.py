"""The scripts people call: they parse, agree with each other, and do nothing twice."""

import importlib.machinery
import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from itertools import product
from pathlib import Path

import pytest
import yaml

from labs.bench.sandbox.lab_root import home
from tests.parts import PARTS, part_of

CHECKOUT = Path(__file__).resolve().parents[1]
SCRIPTS = sorted(
    path
    for path in [*CHECKOUT.glob("script/*"), CHECKOUT / ".ci/run"]
    if path.is_file() and path.suffix != ".packages"
)
WRITTEN_BY_HAND = sorted(
    path
    for pattern in ("templates/**/*.html", "static/css/*.css")
    for path in CHECKOUT.glob(pattern)
)
IN_BASH = [path for path in SCRIPTS if "bash" in path.read_text().splitlines()[0]]


def load_lab_root_builder():
    loader = importlib.machinery.SourceFileLoader(
        "lab_root_builder", str(CHECKOUT / "script/lab-root")
    )
    spec = importlib.util.spec_from_loader(loader.name, loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[loader.name] = module  # dataclasses look themselves up there
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    loader.exec_module(module)
    sys.dont_write_bytecode = before
    return module


builder = load_lab_root_builder()


def name_of(path: Path) -> str:
    return path.name


def run(*command, **options) -> subprocess.CompletedProcess:
    options = {"cwd": CHECKOUT, "capture_output": True, "text": True} | options
    return subprocess.run(command, timeout=300, **options)


class TestScripts:
    @pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
    def test_it_can_be_called(self, path):
        assert os.access(path, os.X_OK)

    @pytest.mark.parametrize("path", IN_BASH, ids=name_of)
    def test_bash_understands_it(self, path):
        assert run("bash", "-n", path).stderr == ""

    @pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
    def test_it_leaves_the_default_home_to_the_core(self, path):
        assert "var/lib" not in path.read_text()
        assert ".local/share" not in path.read_text()

    def test_continuous_integration_runs_the_tests_and_the_audit(self):
        lines = (CHECKOUT / ".ci/run").read_text().splitlines()
        assert "set -euo pipefail" in lines  # so that either of them can fail it
        assert lines[-2:] == ["script/test", "script/audit"]

    def test_an_audit_that_reaches_nobody_says_so_and_is_no_failure(self):
        away = os.environ | {"AUDIT_INDEX": "http://127.0.0.1:9"}
        audit = run("script/audit", env=away)
        assert audit.returncode == 0
        assert audit.stdout.startswith("Note: not audited")


class TestParts:
    def test_every_test_is_in_one_of_them(self):
        told = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
        markers = told["tool"]["pytest"]["ini_options"]["markers"]
        names = [marker.partition(":")[0] for marker in markers]
        script = (CHECKOUT / "script/test").read_text()
        parts = re.findall(r'^ *tests "[^"]+" "([^"]+)"', script, re.MULTILINE)
        for marked in product((True, False), repeat=len(names)):
            having = dict(zip(names, marked, strict=True))
            assert sum(eval(part, {}, having) for part in parts) == 1, having

    def test_what_counts_them_puts_each_in_the_same(self):
        """`script/test PATH` asks it which parts have something to do."""
        names = [*PARTS]
        script = (CHECKOUT / "script/test").read_text()
        told = re.findall(r'^ *tests "(\w+)[^"]*" "([^"]+)"', script, re.MULTILINE)
        assert [name for name, _ in told] == ["pure", *reversed(PARTS.values())]
        for marked in product((True, False), repeat=len(names)):
            having = dict(zip(names, marked, strict=True))
            [name] = [name for name, markers in told if eval(markers, {}, having)]
            assert part_of(having.get) == name


class TestQuick:
    def test_an_asked_for_test_runs_alone(self):
        """It costs no lint, no database and no part that has nothing to do."""
        name = "tests/test_scripts.py::TestParts"
        done = run("script/test", name, env=os.environ | {"PYTEST_ADDOPTS": ""})
        assert done.returncode == 0, done.stderr
        assert re.findall("^--- (.*)$", done.stdout, re.M) == ["pure tests"]

    def test_a_name_of_nothing_is_refused(self):
        done = run("script/test", "tests/test_scripts.py::TestNothing")
        assert done.returncode == 5

    def test_the_core_of_it_is_there(self):
        script = (CHECKOUT / "script/test").read_text()
        places = re.search(r"^CORE=\((.+)\)$", script, re.M)[1].split()
        assert all((CHECKOUT / place).exists() for place in places)


class TestLint:
    @pytest.mark.parametrize(
        "words",
        ["ruff check", "ruff format", "djlint --lint", "biome lint", "script/types"],
    )
    def test_hooks_and_tests_have_the_same(self, words):
        for path in ("script/test", ".pre-commit-config.yaml"):
            assert words in (CHECKOUT / path).read_text()

    def test_hooks_need_nothing_from_elsewhere(self):
        config = yaml.safe_load((CHECKOUT / ".pre-commit-config.yaml").read_text())
        assert [repo["repo"] for repo in config["repos"]] == ["local"]
        hooks = config["repos"][0]["hooks"]
        assert all(hook["language"] == "system" for hook in hooks)
        assert all(hook["entry"].startswith(".venv/bin/") for hook in hooks)

    def test_no_line_ends_where_a_comma_may_follow(self):
        path = CHECKOUT / "templates/labs/includes/_pieces.html"
        assert path.read_text().endswith("%}")

    @pytest.mark.parametrize("path", WRITTEN_BY_HAND, ids=name_of)
    def test_no_line_is_too_long_to_read(self, path):
        lines = path.read_text().splitlines()
        assert [at for at, line in enumerate(lines, 1) if len(line) > 120] == []


LISTS = {
    "serving": ["requirements.txt"],
    "tests": ["requirements.txt", "requirements/tests.txt", "requirements/lint.txt"],
}
SHORT_LISTS = LISTS["tests"]


def pins_of(path: str) -> dict[str, str]:
    """Return name -> version of a list or a lock, names spelt as registries do."""
    lines = (CHECKOUT / path).read_text().splitlines()
    pins = (re.match(r"([\w.-]+)(?:\[\w+\])?==([\w.]+)", line) for line in lines)
    return {re.sub(r"[-_.]+", "-", pin[1]).lower(): pin[2] for pin in pins if pin}


class Lock:
    """What script/lock wrote for one environment."""

    def __init__(self, name: str) -> None:
        self.path = f"requirements/{name}.lock"
        self.lists = LISTS[name]
        self.text = (CHECKOUT / self.path).read_text()
        self.entries = re.split(r"\n(?=\w)", self.text)[1:]

    def named_by(self, path: str) -> set[str]:
        """Return the names that are there because a short list says so."""
        found = (e.split("==")[0] for e in self.entries if f"-r {path}\n" in f"{e}\n")
        return set(found)


class TestRequirements:
    @pytest.mark.parametrize("path", SHORT_LISTS)
    def test_each_is_pinned_and_has_its_reason(self, path):
        lines = (CHECKOUT / path).read_text().splitlines()
        listed = [line for line in lines if line and not line.startswith("#")]
        pinned = r"[\w.-]+(\[\w+\])?==[\w.]+( ; [^#]+)? +# \w"
        assert listed
        assert not [line for line in listed if not re.match(pinned, line)]

    def test_none_is_in_two_lists(self):
        names = [name for path in SHORT_LISTS for name in pins_of(path)]
        assert len(names) == len(set(names))


@pytest.mark.parametrize("lock", [Lock(name) for name in LISTS], ids=list(LISTS))
class TestLocks:
    def test_it_has_what_the_lists_say_and_nothing_that_nobody_needs(self, lock):
        for path in lock.lists:
            wanted = pins_of(path)
            assert lock.named_by(path) == set(wanted), "script/lock makes it anew"
            assert wanted.items() <= pins_of(lock.path).items()

    def test_each_package_has_its_hashes(self, lock):
        assert lock.entries
        assert not [entry for entry in lock.entries if "--hash=sha256:" not in entry]

    def test_it_names_no_place_to_take_packages_from(self, lock):
        assert not re.search(r"https?:|^ *-+(i|f|index|extra|find)", lock.text, re.M)


class TestEnvironments:
    def test_what_is_served_has_no_tools_for_tests(self):
        tools = {*pins_of("requirements/tests.txt"), *pins_of("requirements/lint.txt")}
        assert {"pytest", "pytest-playwright", "ruff"} <= tools
        assert not (tools | {"playwright"}) & set(pins_of("requirements/serving.lock"))

    def test_what_is_tested_is_what_is_served(self):
        served, tested = (pins_of(f"requirements/{name}.lock") for name in LISTS)
        assert served.items() <= tested.items()


class TestBootstrap:
    def test_an_unknown_flag_is_refused(self):
        done = run("script/bootstrap", "--everything")
        assert done.returncode == 2
        assert "Usage" in done.stderr

    @pytest.mark.sandbox
    def test_a_second_one_needs_no_network_and_changes_nothing(self):
        stamps = [CHECKOUT / ".venv/stamp", home() / "root" / builder.STAMP]
        if not all(path.exists() for path in stamps):
            pytest.skip("script/bootstrap has not been run to its end here")
        before = [path.stat().st_mtime_ns for path in stamps]
        # Its own user namespace, so that an ordinary user can do it as well.
        offline = ["unshare", "--user", "--map-root-user", "--net"]
        done = run(
            *offline, "script/bootstrap", env=os.environ | {"LABS_HOME": str(home())}
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert [path.stat().st_mtime_ns for path in stamps] == before

    def test_it_never_installs_into_the_python_beneath(self):
        text = (CHECKOUT / "script/bootstrap").read_text()
        installs = re.findall(r".*-m pip install", text)
        assert installs
        assert all("PIP_REQUIRE_VIRTUALENV=1 " in line for line in installs)

    def test_it_installs_nothing_without_a_hash(self):
        text = (CHECKOUT / "script/bootstrap").read_text().replace("\\\n", "")
        installs = re.findall(r".*-m pip install.*", text)
        assert installs
        assert all("--require-hashes" in line for line in installs)

    def test_a_venv_that_is_none_is_not_taken_for_one(self, tmp_path):
        """Without pyvenv.cfg its python is the Python beneath, with all it has."""
        (tmp_path / ".venv/bin").mkdir(parents=True)
        beneath = Path(sys.base_prefix) / "bin/python3"
        (tmp_path / ".venv/bin/python").symlink_to(beneath)
        script = (CHECKOUT / "script/bootstrap").read_text()
        function = script[script.index("UNFINISHED=") : script.index("make_venv() {")]
        code = f"python={beneath}\n{function}\nmay_keep_venv && echo kept"
        assert run("bash", "-c", code, cwd=tmp_path).stdout == ""


class TestLabRootPackages:
    def test_each_has_its_reason(self):
        lines = builder.PACKAGES.read_text().splitlines()
        listed = [line for line in lines if line and not line.startswith("#")]
        assert listed
        assert not [line for line in listed if len(line.split()) < 3]

    def test_another_list_is_another_recipe(self, tmp_path):
        one = builder.Recipe("amd64", ("nginx",))
        (tmp_path / "etc").mkdir()
        (tmp_path / builder.STAMP).write_text(str(one))
        assert builder.is_current(tmp_path, one)
        assert not builder.is_current(tmp_path, builder.Recipe("amd64", ("apache2",)))
        assert not builder.is_current(tmp_path / "nowhere", one)


class TestMirror:
    def test_it_may_be_given(self, monkeypatch):
        monkeypatch.setenv("MIRROR", "http://mirror.example/debian")
        assert builder.mirror() == "http://mirror.example/debian"

    def test_the_hosts_own_is_found_in_both_formats(self, tmp_path):
        (tmp_path / "sources.list").write_text(
            "# deb http://old.example/debian bookworm main\n"
            "deb http://one.example/debian-security bookworm-security main\n"
            "deb [arch=amd64] http://two.example/debian bookworm main\n"
        )
        folder = tmp_path / "sources.list.d"
        folder.mkdir()
        (folder / "debian.sources").write_text("URIs: https://three.example/debian/\n")
        (folder / "off.sources.disabled").write_text("URIs: http://no.example/debian\n")
        assert list(builder._host_archives(tmp_path)) == [
            "http://two.example/debian",
            "https://three.example/debian/",
        ]


class TestLabRootTree:
    def test_tidying_takes_privilege_and_devices_away(self, tmp_path):
        (tmp_path / "etc").mkdir()
        (tmp_path / "dev").mkdir()
        (tmp_path / "dev/null").write_text("a device, as far as this test goes")
        private = tmp_path / "private"
        private.mkdir(mode=0o700)
        (private / "su").write_text("")
        (private / "su").chmod(0o4711)
        builder.tidy(tmp_path)
        assert (private / "su").stat().st_mode & 0o7777 == 0o755
        assert private.stat().st_mode & 0o7777 == 0o755
        assert list((tmp_path / "dev").iterdir()) == []
        assert (tmp_path / "box").is_dir()

    def test_a_new_tree_takes_the_place_of_the_old_one(self, tmp_path):
        for name in ("new", "root"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "which").write_text(name)
        builder.put_in_place(tmp_path / "new", tmp_path / "root")
        assert (tmp_path / "root/which").read_text() == "new"
        assert (tmp_path / "new/which").read_text() == "root"

    def test_what_an_interrupted_build_left_is_removed(self, tmp_path):
        closed = tmp_path / "root.building-x/closed"
        closed.mkdir(parents=True)
        (closed / "file").write_text("")
        closed.chmod(0)
        builder.remove(tmp_path / "root.building-x")
        assert list(tmp_path.iterdir()) == []


@pytest.mark.sandbox
class TestIsolated:
    def test_the_exit_code_comes_through(self):
        assert run("script/isolated", "sh", "-c", "exit 7").returncode == 7

    def test_loopback_works_in_it(self):
        code = (
            "import socket as s; a = s.create_server(('127.0.0.1', 0));"
            "s.create_connection(a.getsockname()); print('answered')"
        )
        assert run("script/isolated", sys.executable, "-c", code).stdout == "answered\n"

    def test_nothing_it_started_outlives_it(self):
        if os.geteuid() != 0:
            pytest.skip("Only root has namespaces around tests")
        done = run(
            "script/isolated", "sh", "-c", "sleep 987 & readlink /proc/self/ns/pid"
        )
        namespace = done.stdout.strip()
        assert namespace != os.readlink("/proc/self/ns/pid")
        assert namespace not in _pid_namespaces()


def _pid_namespaces() -> set[str]:
    found = set()
    for entry in Path("/proc").glob("[0-9]*/ns/pid"):
        try:
            found.add(os.readlink(entry))
        except OSError:
            continue  # it ended meanwhile
    return found
