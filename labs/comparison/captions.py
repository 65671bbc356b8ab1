"""The words around tables of measured figures: a name for each, and its conditions."""

from dataclasses import dataclass

from labs.comparison.tables import FigureTable
from labs.plugins import registry
from labs.presentation import setting_labels


@dataclass(frozen=True)
class CaptionedTable:
    """A table with its words. No two tables of a page have the same `name`.

    `conditions` are the scenario's parameters; `columns` are (server's name, side, its
    version and knobs).
    """

    table: FigureTable
    name: str
    conditions: tuple
    columns: list


def of_tables(tables):
    """Return each table of a page with its words."""
    names = _names(tables)
    return [
        CaptionedTable(
            table, name, _conditions(table), [_column(*each) for each in table.columns]
        )
        for table, name in zip(tables, names, strict=True)
    ]


def _names(tables):
    """Name each after its scenario, with what tells it from the others of that."""
    found: list[str] = []
    for table in tables:
        like = [t for t in tables if t.scenario["slug"] == table.scenario["slug"]]
        apart = _apart(table, like) if len(like) > 1 else ()
        name = f"{_title(table)} ({', '.join(apart)})" if apart else _title(table)
        # The same on another machine, or in another sandbox: numbered.
        count = sum(other.split(" – ")[0] == name for other in found)
        found.append(f"{name} – {count + 1}" if count else name)
    return found


def _apart(table, like):
    others = [set(_conditions(other)) for other in like]
    common = set.intersection(*others)
    return [words for words in _conditions(table) if words not in common]


def _title(table):
    slug = table.scenario["slug"]
    scenario = registry.scenarios().get(slug)
    return scenario.title if scenario else slug


def _conditions(table):
    slug, params = table.scenario["slug"], table.scenario["params"]
    return setting_labels.param_texts(slug, params)


def _column(name, side):
    if side is None:
        return name, side, ""
    server = side.server
    knobs = setting_labels.knob_texts(server["slug"], server["knobs"])
    return name, side, ", ".join([server["version"], *knobs])
