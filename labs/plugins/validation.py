"""What a plug-in must have. One list for discovery, system checks and tests."""

import dataclasses
import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs.bench.contracts.driver import Driver
from labs.bench.contracts.endpoint import Endpoint
from labs.bench.contracts.errors import SpecError
from labs.bench.contracts.protocol import Protocol
from labs.bench.contracts.scenario import Plan, Scenario
from labs.bench.contracts.settings import settings_of

_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")
_DRIVER_WORDS = ("name", "concurrency_model", "protocol", "binary", "package")
_SCENARIO_WORDS = ("title", "question")
OPERATIONS = frozenset({"ping", "wait", "cpu", "bytes"})
ABILITIES = frozenset({"slow_body", "pipeline"})  # of protocols


def is_slug(text: str) -> bool:
    """Say whether it may be a plug-in's slug."""
    return bool(_SLUG.match(text))


class Malformed(Exception):
    """A file that cannot be a plug-in; the message says why."""


@dataclass(frozen=True)
class Problem:
    """Something wrong with a plug-in: the file to mend, and a sentence for people."""

    path: Path
    sentence: str


def make(plugin: type[Any]) -> Any:
    """Make the plug-in's one instance; Malformed for an abstract method left out."""
    try:
        return plugin()
    except TypeError as error:
        raise Malformed(str(error)) from error


def check(plugin: Any, path: Path) -> Iterator[Problem]:
    """Yield what is wrong with a plug-in that could be loaded."""
    if not is_slug(plugin.slug):
        yield Problem(path, f"{plugin.slug!r} is not a slug: lower case, digits, -")
    for sentence in _sentences(plugin):
        yield Problem(path, sentence)


def _sentences(plugin: Driver | Scenario | Protocol) -> Iterator[str]:
    if isinstance(plugin, Driver):
        return _driver(plugin)
    return _scenario(plugin) if isinstance(plugin, Scenario) else _protocol(plugin)


def _driver(driver: Driver) -> Iterator[str]:
    yield from _words(driver, _DRIVER_WORDS)
    yield from _settings(driver, "Knobs")
    unknown = driver.operations - OPERATIONS
    if unknown:
        yield f"operations must be among {_listed(OPERATIONS)}, not {_listed(unknown)}"
    for name in sorted(OPERATIONS - driver.operations - driver.not_applicable.keys()):
        yield f"not_applicable must say why there is no {name} operation"
    if not driver.reload_signal and "reload" not in driver.not_applicable:
        yield "not_applicable must say why there is no reload"
    if driver.reload_signal and not hasattr(signal, driver.reload_signal):
        yield f"reload_signal must be a signal, not {driver.reload_signal!r}"
    if not (driver.folder / "catalog.md").is_file():
        yield "There must be a catalog.md beside it"
    yield from _renders(driver)


def _renders(driver: Driver) -> Iterator[str]:
    """Try the driver with its default knobs, as a run would."""
    if not hasattr(driver, "Knobs") or not dataclasses.is_dataclass(driver.Knobs):
        return
    try:
        knobs = driver.Knobs()
        files = driver.files(knobs, Endpoint())
        command = driver.command(knobs, Endpoint())
    except KeyError as error:
        yield f"A template has an undefined name: {error}"
    except Exception as error:
        yield f"files() or command() fails: {type(error).__name__}: {error}"
    else:
        if not files or not all(isinstance(text, str) for text in files.values()):
            yield "files() must return at least one file: name -> text"
        if not command or not command[0].startswith("/"):
            yield "command() must begin with an absolute path"


def _scenario(scenario: Scenario) -> Iterator[str]:
    yield from _words(scenario, _SCENARIO_WORDS)
    yield from _settings(scenario, "Params")
    if len(scenario.article) < 200:
        yield "Its docstring must be the article: question, method, how to read it"
    if not getattr(scenario, "charts", ()):
        yield "charts must name at least one chart"
    known = OPERATIONS | ABILITIES
    if unknown := scenario.needs - known:
        yield f"needs must be among {_listed(known)}, not {_listed(unknown)}"
    if hasattr(scenario, "Params"):
        try:
            plan = scenario.plan(scenario.Params())
        except Exception as error:
            yield f"plan() fails: {type(error).__name__}: {error}"
        else:
            if not isinstance(plan, Plan) or not plan.phases:
                yield "plan() must return a Plan with at least one phase"


def _protocol(protocol: Protocol) -> Iterator[str]:
    for call in (protocol.slow_head, lambda: protocol.slow_piece(1)):
        if not isinstance(call(), bytes):
            yield "slow_head() and slow_piece() must return bytes"


def _words(plugin: Any, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        value = getattr(plugin, name, None)
        if not isinstance(value, str) or not value.strip():
            yield f"{name} must be a text, not {value!r}"


def _settings(plugin: Any, name: str) -> Iterator[str]:
    declaration = getattr(plugin, name, None)
    if not isinstance(declaration, type) or not dataclasses.is_dataclass(declaration):
        yield f"{name} must be a dataclass"
        return
    # Not in the types of the standard library, but in every dataclass (PEP 557).
    if not getattr(declaration, "__dataclass_params__").frozen:  # noqa: B009
        yield f"{name} must be frozen"
    try:
        settings = settings_of(declaration)
    except TypeError as error:
        yield str(error)
        return
    for setting in settings:
        try:
            setting.parse(setting.default)
        except SpecError as error:
            yield f"The default is out of bounds: {error}"
        if not setting.bound.label or not setting.bound.help:
            yield f"{name}.{setting.name} must have a label and a help text"


def _listed(words: frozenset[str]) -> str:
    return ", ".join(sorted(words))
