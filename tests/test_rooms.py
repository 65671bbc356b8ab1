"""The rooms of docs/architecture.md: which there are, and which may import which.

A room is a folder, or a module that stands beside folders. Each line of ORDER may
import from the lines below it and from nothing else, so no circle can come about.
"""

import ast
import graphlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_boundaries import CHECKOUT, imported, name_of, python_files

ORDER = {
    "labs.bench": """
        run
        result probe
        server verdicts generator
        trust sandbox observer claims statistics net
        contracts
    """,
    "labs": """
        apps
        urls
        views management
        cli live templatetags admin
        execution catalog_hooks
        claims comparison
        presentation permissions checks forms runner
        plugins models
        servers scenarios protocols
        bench
    """,
    "models_catalog": """
        apps
        urls management
        views admin templatetags
        checks
        compare sync
        curation facets diagrams search
        queries
        history cache roles
        hooks
        models
        markdown files
        choices
    """,
    "models_catalog.admin": """
        urls
        kinds
        base inlines cited_sources
        actions forms history preview transfer
        cloning conflict
    """,
}
PICTURE = CHECKOUT / "docs/images/rooms.svg"
MAX_MODULES = 18  # beyond that nobody finds a file by looking
# Folders whose content Django or a plug-in contract decides.
GIVEN_FOLDERS = {"migrations", "management", "commands", "payloads"}


def level_of(house: str) -> dict[str, int]:
    """Return each room's level; 0 is the top."""
    lines = ORDER[house].split("\n")
    return {room: level for level, line in enumerate(lines) for room in line.split()}


def rooms_on_disk(house: str) -> set[str]:
    folder = CHECKOUT / house.replace(".", "/")
    modules = {path.stem for path in folder.glob("*.py")}
    packages = {path.parent.name for path in folder.glob("*/*.py")}
    return (modules | packages) - {"__init__", "migrations"}


def files_of(house: str) -> list[Path]:
    paths = python_files(f"{house.replace('.', '/')}/**/*.py")
    return [path for path in paths if "migrations" not in path.parts]


def room_of(house: str, module: str) -> str | None:
    """Return the room of this house that a dotted name is in, if any."""
    inside = module.removeprefix(f"{house}.")
    return inside.split(".")[0] if inside != module else None


def module_of(path: Path) -> str:
    name = ".".join(path.relative_to(CHECKOUT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def arrows_between_rooms(house: str) -> Iterator[tuple[str, str, str]]:
    """Yield (room, room it imports from, where) for each import across a wall."""
    for path in files_of(house):
        source = room_of(house, module_of(path))
        for name in imported(path):
            target = room_of(house, name)
            if source and target and source != target:
                yield source, target, f"{name_of(path)} imports {name}"


@pytest.mark.parametrize("house", ORDER)
class TestRooms:
    def test_each_room_has_its_level(self, house):
        assert set(level_of(house)) == rooms_on_disk(house)

    def test_imports_lead_downwards_only(self, house):
        level = level_of(house)
        wrong = [
            where
            for source, target, where in arrows_between_rooms(house)
            if level[source] >= level.get(target, -1)
        ]
        assert wrong == []


def test_the_picture_shows_the_rooms_there_are():
    drawn = re.findall(r">([a-z_]+)</text>", PICTURE.read_text())
    houses = ("models_catalog", "labs", "labs.bench")
    rooms = [room for house in houses for room in level_of(house)]
    assert sorted(drawn) == sorted([*rooms, "models_catalog", "labs"])


@pytest.mark.parametrize("top", ["concsite", "labs", "models_catalog"])
def test_no_circle_of_modules(top):
    modules = {module_of(path): path for path in files_of(top)}
    graph = {name: needs(name, path, modules) for name, path in modules.items()}
    graphlib.TopologicalSorter(graph).prepare()  # CycleError names the modules


def needs(name: str, path: Path, modules: dict[str, Path]) -> set[str]:
    """Return the modules that a file imports, whole or a name of."""
    full = imported(path)
    found = {each for each in full if each in modules}
    found |= {each.rpartition(".")[0] for each in full if each not in modules}
    return (found & modules.keys()) - {name}


def folders() -> list[Path]:
    tops = ("concsite", "labs", "models_catalog")
    paths = python_files(*(f"{top}/**/*.py" for top in tops))
    found = {path.parent for path in paths if not GIVEN_FOLDERS & set(path.parts)}
    # A server's folder is described by its catalog.md.
    return sorted(path for path in found if path.parent.name != "servers")


@pytest.mark.parametrize("folder", folders(), ids=name_of)
class TestFolders:
    def test_it_is_small_enough_to_look_through(self, folder):
        modules = [path for path in folder.glob("*.py") if path.stem != "__init__"]
        assert len(modules) <= MAX_MODULES

    def test_its_init_says_what_lives_there(self, folder):
        tree = ast.parse((folder / "__init__.py").read_text())
        assert ast.get_docstring(tree)
