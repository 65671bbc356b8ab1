"""`lab servers` and `lab scenarios`: what can be run here, for people and as JSON."""

from collections.abc import Iterator, Sequence
from typing import Any

from labs.bench.contracts.settings import Setting, settings_of
from labs.cli import text_table
from labs.plugins import registry


def servers() -> list[dict[str, Any]]:
    """Return every server, with whether this host can run it."""
    return [_server(driver) for driver in registry.servers().values()]


def _server(driver: Any) -> dict[str, Any]:
    found = registry.availability(driver)
    return {
        "slug": driver.slug,
        "name": driver.name,
        "version": found.version or None,
        "concurrency_model": driver.concurrency_model,
        "available": found.available,
        "reason": ". ".join(filter(None, (found.reason, found.how_to_get))) or None,
        "knobs": [setting.as_json() for setting in settings_of(type(driver).Knobs)],
        "operations": sorted(driver.operations),
    }


def scenarios() -> list[dict[str, Any]]:
    """Return every scenario, with its parameters and the servers it applies to."""
    return [_scenario(scenario) for scenario in registry.scenarios().values()]


def _scenario(scenario: Any) -> dict[str, Any]:
    fit = [
        d for d in registry.servers().values() if not registry.applicable(d, scenario)
    ]
    return {
        "slug": scenario.slug,
        "title": scenario.title,
        "question": scenario.question,
        "params": [s.as_json() for s in settings_of(type(scenario).Params)],
        "protocols": sorted({driver.protocol for driver in fit}),
        "needs": sorted(scenario.needs),
        "servers": [driver.slug for driver in fit],
    }


def server_lines() -> Iterator[str]:
    """Write the servers for people, each with its knobs."""
    rows = servers()
    heads = ("slug", "name", "version", "concurrency model", "here")
    cells = [
        (
            row["slug"],
            row["name"],
            row["version"] or "–",
            row["concurrency_model"],
            "yes" if row["available"] else f"no: {row['reason']}",
        )
        for row in rows
    ]
    yield from text_table.lines([heads, *cells])
    for driver in registry.servers().values():
        yield ""
        yield f"{driver.slug}: --knob NAME=VALUE"
        yield from setting_lines(settings_of(type(driver).Knobs))


def scenario_lines() -> Iterator[str]:
    """Write the scenarios for people, each with its parameters."""
    for row, scenario in zip(scenarios(), registry.scenarios().values(), strict=True):
        yield f"{row['slug']}: {row['title']}. {row['question']}"
        yield f"  servers: {', '.join(row['servers'])}"
        yield f"  protocols: {', '.join(row['protocols'])}"
        yield f"  needs: {', '.join(row['needs'])}"
        yield "  --set NAME=VALUE"
        yield from setting_lines(settings_of(type(scenario).Params))
        yield ""


def setting_lines(settings: Sequence[Setting]) -> Iterator[str]:
    rows = [
        (s.name, f"{s.default} {s.bound.unit}", _span(s), s.bound.help)
        for s in settings
    ]
    yield from text_table.lines([("  " + row[0], *row[1:]) for row in rows])


def _span(setting: Setting) -> str:
    bound = setting.bound
    if bound.choices:
        return " | ".join(bound.choices)
    if bound.low is None:
        return "on | off"
    return f"{bound.low:g} to {bound.high:g}"
