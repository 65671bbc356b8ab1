"""The laws of docs/architecture.md, held by reading the code itself."""

import ast
import functools
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django import forms
from django.apps import apps
from django.core.management import call_command
from django.db import models

from labs.bench.contracts.settings import settings_of

CHECKOUT = Path(__file__).resolve().parents[1]
README = CHECKOUT / "README.md"
# What the core may use beside Python itself.
CORE_LIBRARIES = {"pyseccomp"}
PLUG_INS = ("servers", "scenarios", "protocols")
# What programs that run in the sandbox may use beside that: the lab root's.
LAB_ROOT_LIBRARIES = {"gevent"}
# What joins plug-ins and core, still without Django.
MIDDLE = ("plugins", "runner")
# A way to reach another program over a network. `concsite/serve.py` is not listed
# among the web files: it only claims the site's own address.
NETWORK = {"socket", "http.client", "urllib.request", "ssl", "requests", "httpx"}
AIMS = re.compile(r"(^|_)(url|uri|host|port|address|target|ip)($|_)")


def python_files(*patterns: str) -> list[Path]:
    found = {path for pattern in patterns for path in CHECKOUT.glob(pattern)}
    return sorted(path for path in found if "__pycache__" not in path.parts)


def core_files() -> list[Path]:
    return python_files("labs/bench/**/*.py")


def plug_in_files() -> list[Path]:
    return python_files(*(f"labs/{kind}/**/*.py" for kind in PLUG_INS))


def web_files() -> list[Path]:
    core = {*core_files(), *plug_in_files(), *middle_files()}
    core.add(CHECKOUT / "concsite/serve.py")
    everything = python_files(*(f"{top}/**/*.py" for top in OURS))
    return [path for path in everything if path not in core]


def middle_files() -> list[Path]:
    return python_files("labs/plugins/*.py", "labs/runner.py")


OURS = ("concsite", "labs", "models_catalog")


def name_of(path: Path) -> str:
    return str(path.relative_to(CHECKOUT))


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imports(tree: ast.AST) -> Iterator[tuple[ast.stmt, str]]:
    """Yield each import and the full name of what it imports from."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import"
            for alias in node.names:
                yield node, f"{node.module}.{alias.name}"


@functools.cache
def imported(path: Path) -> list[str]:
    return [name for _, name in imports(tree_of(path))]


def strangers(path: Path, *allowed: str) -> list[str]:
    """List what a file imports that is neither Python's own nor allowed."""

    def is_allowed(name: str) -> bool:
        if name.split(".")[0] in sys.stdlib_module_names:
            return True
        return any(f"{name}.".startswith(f"{prefix}.") for prefix in allowed)

    return [name for name in imported(path) if not is_allowed(name)]


class TestImports:
    @pytest.mark.parametrize("path", core_files(), ids=name_of)
    def test_the_core_stands_on_python_alone(self, path):
        assert strangers(path, "labs.bench", *CORE_LIBRARIES) == []

    @pytest.mark.parametrize("path", plug_in_files(), ids=name_of)
    def test_a_plug_in_stands_on_the_core(self, path):
        kind = path.relative_to(CHECKOUT / "labs").parts[0]
        allowed = {"labs.bench", f"labs.{kind}"}
        if path.name == "server.py":
            allowed = LAB_ROOT_LIBRARIES
        assert strangers(path, *allowed) == []

    @pytest.mark.parametrize("path", middle_files(), ids=name_of)
    def test_registry_and_runner_stand_on_plug_ins_and_core(self, path):
        below = [f"labs.{name}" for name in ("bench", *PLUG_INS, *MIDDLE)]
        assert strangers(path, *below) == []

    @pytest.mark.parametrize(
        "path", python_files("models_catalog/**/*.py"), ids=name_of
    )
    def test_the_catalog_never_imports_labs(self, path):
        tops = {name.split(".")[0] for name in imported(path)}
        assert not tops & {"labs", "concsite"}

    @pytest.mark.parametrize("path", python_files("labs/**/*.py"), ids=name_of)
    def test_labs_never_import_the_site(self, path):
        assert not [name for name in imported(path) if name.split(".")[0] == "concsite"]

    @pytest.mark.parametrize("path", web_files(), ids=name_of)
    def test_the_web_half_opens_no_connection(self, path):
        assert not [
            name
            for name in imported(path)
            if any(f"{name}.".startswith(f"{way}.") for way in NETWORK)
        ]

    @pytest.mark.parametrize(
        "path", python_files(*(f"{top}/**/*.py" for top in OURS)), ids=name_of
    )
    def test_an_import_inside_a_function_says_why(self, path):
        text = path.read_text()
        hidden = hidden_imports(tree_of(path))
        assert [line for line in hidden if not is_explained(text, line)] == []

    def test_the_core_loads_without_django(self):
        code = (
            "import sys, labs.plugins.registry, labs.runner; "
            "assert 'django' not in sys.modules"
        )
        subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, check=True)


def hidden_imports(tree: ast.Module) -> list[int]:
    """List the lines of imports that stand inside a function."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    inside = (node for node in ast.walk(tree) if isinstance(node, functions))
    return sorted({found.lineno for node in inside for found, _ in imports(node)})


def is_explained(text: str, line: int) -> bool:
    """Tell whether a comment stands at the import, or above it and its neighbours."""
    lines = text.splitlines()
    while "#" not in lines[line - 1]:
        line -= 1
        if not re.match(r"\s*(import |from |#)|$", lines[line - 1]):
            return False
    return True


class TestNobodyCanAimIt:
    def test_no_form_has_a_field_for_an_address(self):
        importlib.import_module("labs.forms")
        fields = [
            field for form in forms_of_labs() for field in form.base_fields.items()
        ]
        kinds = (forms.URLField, forms.GenericIPAddressField)
        assert not [name for name, field in fields if isinstance(field, kinds)]
        assert not [name for name, _ in fields if AIMS.search(name)]

    def test_no_row_of_a_run_has_one_either(self):
        rows = [apps.get_model("labs", name) for name in ("LabRun", "RunEvent")]
        fields = [field for row in rows for field in row._meta.get_fields()]
        kinds = (models.URLField, models.GenericIPAddressField)
        assert not [field.name for field in fields if isinstance(field, kinds)]
        assert not [field.name for field in fields if AIMS.search(field.name)]

    def test_no_setting_of_a_plug_in_is_one(self):
        registry = importlib.import_module("labs.plugins.registry")
        knobs = [driver.Knobs for driver in registry.servers().values()]
        params = [scenario.Params for scenario in registry.scenarios().values()]
        assert knobs and params
        names = [s.name for owner in (*knobs, *params) for s in settings_of(owner)]
        assert not [name for name in names if AIMS.search(name)]


def forms_of_labs() -> list[type[forms.BaseForm]]:
    todo, found = [forms.BaseForm], []
    while todo:
        todo += (subclasses := todo.pop().__subclasses__())
        found += [form for form in subclasses if form.__module__.startswith("labs.")]
    assert found, "labs has no forms"
    return found


class TestCheckout:
    @pytest.mark.django_db
    def test_every_model_has_its_migration(self):
        call_command("makemigrations", check=True, dry_run=True, verbosity=0)

    @pytest.mark.parametrize("kind", PLUG_INS)
    def test_the_readme_names_each_extension_point(self, kind):
        assert f"labs/{kind}/" in README.read_text()

    def test_links_of_the_readme_lead_somewhere(self):
        links = re.findall(r"\]\(([^)#:]+)\)", README.read_text())
        assert links
        assert not [link for link in links if not (CHECKOUT / link).exists()]

    def test_no_file_knows_the_machine_it_was_written_on(self):
        # Neither where this checkout stands nor whose it is. A home that is "/" or the
        # like would be found everywhere, and says nothing.
        places = [p for p in (CHECKOUT, Path.home()) if len(p.parts) > 2]
        elsewhere = re.compile(
            "|".join(f"{re.escape(str(p))}/" for p in places) or "^$"
        )
        assert not [
            name_of(path)
            for path in tracked_text_files()
            if elsewhere.search(path.read_text())
        ]


def tracked_text_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, text=True
    )
    if listed.returncode:
        pytest.skip(f"This is no git checkout: {listed.stderr.strip()}")
    names = (name for name in listed.stdout.split("\0") if name)
    binary = {".png", ".woff2", ".ico", ".gz", ".jpg"}
    paths = (CHECKOUT / name for name in names)
    return [p for p in paths if p.suffix not in binary and p.is_file()]
