"""The rows of a finished run's page: labels and units for what the result holds."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from labs.bench.contracts.summary import FIGURES
from labs.models import LabRun
from labs.plugins import registry
from labs.presentation import step_table
from labs.presentation.addresses import form_url
from labs.presentation.number_format import number

_ENVIRONMENT = (
    ("kernel", "Kernel"),
    ("cpu", "Processor"),
    ("cores", "Cores"),
    ("memory_bytes", "Memory"),
    ("python", "Python of the generator"),
    ("load_source_commit", "Version of the instrument"),
)
_MIB = 2**20
_LIMITS = (
    ("open_files", "Files a process of the generator may open"),
    ("client_ports", "Ports it may connect from, for each address"),
)


def build(run: LabRun) -> dict[str, Any] | None:
    """Return what the outcome partial shows; None while there is no result."""
    if not run.result:
        return None
    result = run.result
    return {
        "verdict": run.verdict,
        "sentence": run.verdict_sentence,
        "findings": result["findings"],
        "summary_rows": list(_summary_rows(result["summary"])),
        "environment_rows": list(_environment_rows(result)),
        "steps": step_table.build(result),
        "trust": result["trust"],
        "configuration": [
            {"name": name, "text": text}
            for name, text in result["configuration"].items()
        ],
        "other_servers": list(_other_servers(run)),
        "again_url": form_url(run.scenario, run.server, run),
    }


def _summary_rows(summary: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Give a row to each figure that is known and has a label, in their order."""
    for name, figure in FIGURES.items():
        value = summary.get(name)
        if figure.label and value is not None:
            text = _in_unit(value, figure.unit)
            unit = figure.unit
            yield {"name": name, "label": figure.label, "value": text, "unit": unit}


def _in_unit(value: float, unit: str) -> str:
    """Write a figure in the unit that people read it in; results have basic ones."""
    if unit == "%":
        return f"{100 * value:.1f}"
    if unit == "MiB":
        return f"{value / _MIB:,.1f}"
    return number(value)


def _environment_rows(result: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    environment, server = result["environment"], result["server"]
    version = " ".join(filter(None, (server["name"], server["version"])))
    yield {"label": "Server", "value": version}
    for name, value in server["knobs"].items():
        yield {"label": f"Server’s {name}", "value": value}
    for name, value in result["scenario"]["params"].items():
        yield {"label": f"Run’s {name}", "value": value}
    yield {"label": "Seed", "value": result["seed"]}
    for name, label in _ENVIRONMENT:
        value = environment.get(name)
        if value is not None:
            text = f"{value / 2**30:.1f} GiB" if name == "memory_bytes" else value
            yield {"label": label, "value": text}
    sandbox, pinned = environment["sandbox"], environment["pinned"]
    yield {"label": "Sandbox", "value": f"{sandbox['level']} ({sandbox['profile']})"}
    yield {"label": "Server’s cores", "value": _cores(pinned["server"])}
    yield {"label": "Generator’s cores", "value": _cores(pinned["load"])}
    for name, label in _LIMITS:
        if (value := environment.get("limits", {}).get(name)) is not None:
            yield {"label": label, "value": number(value)}
    yield {"label": "Started", "value": result["started_at"]}


def _cores(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers)) if numbers else "not pinned"


def _other_servers(run: LabRun) -> Iterator[dict[str, Any]]:
    scenario = registry.scenarios().get(run.scenario)
    if scenario is None:
        return
    for slug, driver in registry.servers().items():
        if slug != run.server and not registry.applicable(driver, scenario):
            yield {"driver": driver, "url": form_url(run.scenario, slug)}
