"""Knobs and parameters as people read them: with the labels and units of the forms."""

from labs.bench.contracts import settings
from labs.plugins import registry
from labs.presentation.number_format import number


def of_server(slug, knobs):
    """Return a server's knobs in words, as "Processes: 4"."""
    driver = registry.servers().get(slug)
    return _in_words(driver.Knobs if driver else None, knobs)


def of_scenario(slug, params):
    """Return a scenario's parameters in words, as "Wait: 1,000 ms"."""
    scenario = registry.scenarios().get(slug)
    return _in_words(scenario.Params if scenario else None, params)


def _in_words(declaration, values):
    """Write each setting; one that is declared no more keeps its name."""
    known = (
        {s.name: s for s in settings.settings_of(declaration)} if declaration else {}
    )
    return tuple(
        _written(name, value, known.get(name)) for name, value in values.items()
    )


def _written(name, value, setting):
    label = setting.bound.label if setting else name.replace("_", " ").capitalize()
    unit = setting.bound.unit if setting else ""
    return f"{label}: {' '.join(filter(None, (_value(value), unit)))}"


def _value(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number(value) if isinstance(value, int | float) else str(value)
