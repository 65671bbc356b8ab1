"""The rows of a finished run's page: labels and units for what the result holds."""

from labs.bench.contracts.summary import FIGURES
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


def build(run):
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


def _summary_rows(summary):
    for name, figure in FIGURES.items():
        value = summary.get(name)
        if figure.label and value is not None:
            yield {"name": name, "label": figure.label, **_shown(value, figure.unit)}


def _shown(value, unit):
    if unit == "%":
        return {"value": f"{100 * value:.1f}", "unit": unit}
    if unit == "MiB":
        return {"value": f"{value / _MIB:,.1f}", "unit": unit}
    return {"value": number(value), "unit": unit}


def _environment_rows(result):
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


def _cores(numbers):
    return ", ".join(map(str, numbers)) if numbers else "not pinned"


def _other_servers(run):
    scenario = registry.scenarios().get(run.scenario)
    if scenario is None:
        return
    for slug, driver in registry.servers().items():
        if slug != run.server and not registry.applicable(driver, scenario):
            yield {"driver": driver, "url": form_url(run.scenario, slug)}
