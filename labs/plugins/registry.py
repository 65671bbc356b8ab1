"""Finds the plug-ins: a folder is a server, a file is a scenario or a protocol.

Discovery is loud: what is malformed is left out of the lists and named in `problems`,
which the site's system checks print. It never guesses and never skips silently.
"""

import functools
import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from labs.bench.contracts import settings
from labs.bench.contracts.driver import Driver
from labs.bench.contracts.errors import SpecError
from labs.bench.contracts.protocol import Protocol
from labs.bench.contracts.resolved import Resolved
from labs.bench.contracts.scenario import Scenario
from labs.bench.contracts.spec import Spec
from labs.plugins import validation
from labs.plugins.availability import Availability, availability
from labs.plugins.validation import Problem

__all__ = ["Availability", "Problem", "Resolved", "availability"]

_HERE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Found:
    """What one kind of plug-in folder holds: the good ones, and what is wrong."""

    plugins: dict[str, Any]
    problems: tuple[Problem, ...]


def servers() -> dict[str, Driver]:
    """Return the drivers by slug, in alphabetical order."""
    return _servers().plugins


def scenarios() -> dict[str, Scenario]:
    """Return the scenarios by slug, in alphabetical order."""
    return _scenarios().plugins


def protocols() -> dict[str, Protocol]:
    """Return the protocols by slug, in alphabetical order."""
    return _protocols().plugins


def problems() -> list[Problem]:
    """Return what is wrong with plug-ins, each with the file to mend."""
    found = [*_servers().problems, *_scenarios().problems, *_protocols().problems]
    for driver in servers().values():
        if driver.protocol not in protocols():
            sentence = f"protocol {driver.protocol!r} is not among {_names(protocols)}"
            found.append(Problem(driver.folder / "driver.py", sentence))
    return found


def resolve(spec: Spec) -> Resolved:
    """Look up a spec's plug-ins and check its values. Raises SpecError with `field`."""
    driver = _look_up("server", spec.server, servers)
    scenario = _look_up("scenario", spec.scenario, scenarios)
    why_not = applicable(driver, scenario)
    if why_not:
        raise SpecError(why_not, field="scenario")
    params = settings.parse(type(scenario).Params, spec.params)
    check_abilities(driver, scenario, params)
    return Resolved(
        spec=spec,
        driver=driver,
        scenario=scenario,
        protocol=_look_up("protocol", driver.protocol, protocols),
        knobs=settings.parse(type(driver).Knobs, spec.knobs),
        params=params,
    )


def check_abilities(driver: Driver, scenario: Scenario, params: Any) -> None:
    """Raise SpecError for a parameter that asks for what the protocol cannot."""
    protocol = _look_up("protocol", driver.protocol, protocols)
    for field, ability in scenario.wants(params).items():
        if ability not in protocol.abilities:
            why = protocol.not_applicable.get(ability, f"It has no {ability} ability")
            because = why.rstrip(".")
            message = f"{field} does not apply to {driver.name}. {because}"
            raise SpecError(message, field=field)


def applicable(driver: Driver, scenario: Scenario) -> str:
    """Return why this server cannot take this scenario; empty if it can."""
    because = next(_missing(driver, scenario), "")
    if not because:
        return ""
    return f"{scenario.title} does not apply to {driver.name}. {because.rstrip('.')}"


def _missing(driver: Driver, scenario: Scenario) -> Iterator[str]:
    """Yield a sentence for each thing that the scenario needs and is not there."""
    protocol = protocols().get(driver.protocol)
    can = driver.operations | (protocol.abilities if protocol else frozenset())
    why_not = (dict(protocol.not_applicable) if protocol else {}) | dict(
        driver.not_applicable
    )
    knobs = {setting.name for setting in settings.settings_of(type(driver).Knobs)}
    for name in sorted(scenario.needs - can):
        yield why_not.get(name, f"It has no {name} operation")
    for name in sorted(scenario.needs_knobs - knobs):
        yield why_not.get(name, f"It has no setting {_called(name, scenario)}")
    for name, fault in _out_of_bounds(driver, scenario):
        yield why_not.get(name, f"It cannot be set as is needed: {fault}")
    if scenario.needs_reload and not driver.reload_signal:
        yield why_not.get("reload", "It knows no graceful restart")


def _called(knob: str, scenario: Scenario) -> str:
    """Write a knob as people know it from the scenario's own setting of its name."""
    known = {s.name: s.bound.label for s in settings.settings_of(type(scenario).Params)}
    label = known.get(knob)
    return f"“{label}” ({knob})" if label else knob


def _out_of_bounds(driver: Driver, scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Yield the knobs of a scenario's phases that this server cannot have so."""
    for phase in scenario.plan(type(scenario).Params()).phases:
        try:
            settings.parse(type(driver).Knobs, dict(phase.knobs))
        except SpecError as error:
            yield error.field or "", error.message


def _look_up(kind: str, slug: str, known: Callable[[], dict[str, Any]]) -> Any:
    """Find one plug-in. A run needs three, and loading all takes a third of its start,
    so the others are looked at only where this one is not to be found."""
    if (found := _single(kind, slug)) is not None:
        return found
    try:
        return known()[slug]
    except KeyError:
        listed = ", ".join(known())
        raise SpecError(
            f"Unknown {kind} {slug[:60]!r}; known: {listed}", field=kind
        ) from None


@functools.cache
def _single(kind: str, slug: str) -> Any:
    """Return the plug-in of this slug, if its file is there and well-formed."""
    if not validation.is_slug(slug):
        return None
    base, pattern = _PLACES[kind]
    name = slug.replace("-", "_") if pattern.endswith("{}.py") else slug
    path = _HERE / pattern.format(name)
    if not path.is_file():
        return None
    whole = _LISTS[kind]
    if whole.cache_info().currsize:  # the same object, where there is one
        return whole().plugins.get(slug)
    return _load(iter([(slug, path, base)])).plugins.get(slug)


def _names(kind: Callable[[], dict[str, Any]]) -> str:
    return ", ".join(kind())


# --- discovery -----------------------------------------------------------------------


_PLACES: dict[str, tuple[type, str]] = {
    "server": (Driver, "servers/{}/driver.py"),
    "scenario": (Scenario, "scenarios/{}.py"),
    "protocol": (Protocol, "protocols/{}.py"),
}


@functools.cache
def _servers() -> Found:
    return find_servers(_HERE / "servers")


@functools.cache
def _scenarios() -> Found:
    return find_files(_HERE / "scenarios", Scenario)


@functools.cache
def _protocols() -> Found:
    return find_files(_HERE / "protocols", Protocol)


_LISTS = {"server": _servers, "scenario": _scenarios, "protocol": _protocols}


def find_servers(folder: Path) -> Found:
    """Load every sub-folder that is not private as a server."""
    paths = sorted(
        path / "driver.py"
        for path in folder.iterdir()
        if path.is_dir() and path.name[0] not in "._"
    )
    return _load((path.parent.name, path, Driver) for path in paths)


def find_files(folder: Path, base: type) -> Found:
    """Load every file that is not private as a plug-in of kind `base`."""
    paths = sorted(path for path in folder.glob("*.py") if path.name[0] != "_")
    return _load((path.stem.replace("_", "-"), path, base) for path in paths)


def _load(candidates: Iterator[tuple[str, Path, type]]) -> Found:
    plugins: dict[str, Any] = {}
    found: list[Problem] = []
    for slug, path, base in candidates:
        try:
            plugin = _instance(slug, path, base)
            wrong = list(validation.check(plugin, path))
        except validation.Malformed as error:
            wrong = [Problem(path, str(error))]
        except Exception as error:
            # One plug-in that nobody thought of must not take the others with it.
            sentence = f"It cannot be checked: {type(error).__name__}: {error}"
            wrong = [Problem(path, sentence)]
        if not wrong and slug in plugins:
            wrong = [Problem(path, f"There are two with the slug {slug!r}")]
        if wrong:
            found += wrong
        else:
            plugins[slug] = plugin
    return Found(plugins, tuple(found))


def _instance(slug: str, path: Path, base: type[Any]) -> Any:
    if not path.exists():
        raise validation.Malformed("The file is missing")
    module = _module(path)
    classes: list[Any] = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, base)
        and value.__module__ == module.__name__
    ]
    if len(classes) != 1:
        raise validation.Malformed(
            f"There must be one {base.__name__} in it, not {len(classes)}"
        )
    classes[0].slug = slug
    return validation.make(classes[0])


def _module(path: Path) -> ModuleType:
    """Import a plug-in's file, by its dotted name where it has one.

    A server's folder may have a hyphen in its name, which no import statement takes.
    """
    name = _dotted_name(path)
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader  # there is one for every path that ends in .py
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise validation.Malformed(
            f"It cannot be imported: {type(error).__name__}: {error}"
        ) from error
    return module


def _dotted_name(path: Path) -> str:
    parts = path.with_suffix("").parts
    try:
        inside = path.with_suffix("").relative_to(_HERE.parent).parts
    except ValueError:
        return "_".join(("plugin", *parts[1:]))
    return ".".join(inside)
