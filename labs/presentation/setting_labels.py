"""Knobs and parameters as people read them: with the labels and units of the forms."""

from collections.abc import Mapping
from typing import Any

from labs.bench.contracts.settings import Setting, settings_of
from labs.plugins import registry
from labs.presentation.number_format import number


def knob_texts(slug: str, knobs: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a server's knobs as people read them: "Processes: 4"."""
    driver = registry.servers().get(slug)
    return _texts(driver.Knobs if driver else None, knobs)


def param_texts(slug: str, params: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a scenario's parameters as people read them: "Wait: 1,000 ms"."""
    scenario = registry.scenarios().get(slug)
    return _texts(scenario.Params if scenario else None, params)


def _texts(declaration: type | None, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Write each setting; one that an older run had and is gone keeps its name."""
    declared = settings_of(declaration) if declaration else ()
    settings = {setting.name: setting for setting in declared}
    return tuple(_text(name, each, settings.get(name)) for name, each in values.items())


def _text(name: str, value: Any, setting: Setting | None) -> str:
    label = setting.bound.label if setting else name.replace("_", " ").capitalize()
    unit = setting.bound.unit if setting else ""
    return f"{label}: {' '.join(filter(None, (_value(value), unit)))}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number(value) if isinstance(value, int | float) else str(value)
