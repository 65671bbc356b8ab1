"""`lab describe SERVER`: all that a driver declares, as its author would look it up.

With given knobs it shows what those make of it: the signature that a contract test
holds the running server to, the command line, and every file under /lab.
"""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from labs.bench.contracts import settings
from labs.bench.contracts.driver import Driver, Signature
from labs.bench.contracts.endpoint import Endpoint
from labs.bench.contracts.errors import SpecError
from labs.cli import listings, text_table
from labs.plugins import registry


def server(slug: str, given: Mapping[str, str]) -> dict[str, Any]:
    """Return what the driver declares, with these knobs.

    SpecError for an unknown server or knob, or a value out of bounds.
    """
    driver = registry.servers().get(slug)
    if driver is None:
        known = ", ".join(registry.servers())
        raise SpecError(f"Unknown server {slug[:40]!r}; known: {known}", field="server")
    return _declared(driver) | _with_knobs(driver, given)


def _declared(driver: Driver) -> dict[str, Any]:
    return {
        "slug": driver.slug,
        "name": driver.name,
        "concurrency_model": driver.concurrency_model,
        "worker_noun": driver.worker_noun,
        "protocol": driver.protocol,
        "availability": asdict(registry.availability(driver)),
        "binary": driver.binary,
        "helpers": list(driver.helpers),
        "package": driver.package,
        "operations": sorted(driver.operations),
        "not_applicable": dict(driver.not_applicable),
        "reload_signal": driver.reload_signal or None,
        "busy_in": sorted(driver.busy_in),
        "meanings": dict(driver.meanings),
        "knobs": [s.as_json() for s in settings.settings_of(type(driver).Knobs)],
    }


def _with_knobs(driver: Driver, given: Mapping[str, str]) -> dict[str, Any]:
    knobs, endpoint = settings.parse(type(driver).Knobs, given), Endpoint()
    return {
        "settings": settings.as_dict(knobs),
        "signature": _signature(driver.signature(knobs)),
        "worker_slots": driver.worker_slots(knobs),
        "needs": asdict(driver.needs(knobs)),
        "environment": driver.environment(knobs),
        "command": driver.command(knobs, endpoint),
        "files": driver.files(knobs, endpoint),
    }


def _signature(signature: Signature) -> dict[str, Any]:
    return {
        "processes": list(signature.processes),
        "threads": list(signature.threads),
        "idle_in": sorted(signature.idle_in),
        "slow_in": sorted(signature.slow_in),
        "grows": signature.grows or None,
    }


def lines(row: Mapping[str, Any]) -> Iterator[str]:
    """Write a description for people."""
    yield f"{row['name']} ({row['slug']})"
    yield from text_table.lines(list(_facts(row)))
    yield from _section("Seen from outside", text_table.lines(list(_outside(row))))
    yield from _section(
        "Operations, and what does not apply", text_table.lines(list(_operations(row)))
    )
    declared = settings.settings_of(type(registry.servers()[row["slug"]]).Knobs)
    yield from _section("Knobs: --knob NAME=VALUE", listings.setting_lines(declared))
    yield from _section("Settings shown here", [json.dumps(row["settings"])])
    yield from _section("Command", [shlex.join(row["command"])])
    for name, text in row["files"].items():
        yield from _section(f"/lab/{name}", text.rstrip("\n").split("\n"))


def _facts(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    found, needs = row["availability"], row["needs"]
    here = found["version"] or "yes"
    yield "concurrency model", row["concurrency_model"]
    yield "protocol", row["protocol"]
    yield "here", here if found["available"] else f"no: {found['reason']}"
    yield "programs", ", ".join([row["binary"], *row["helpers"]])
    yield "package", row["package"] or "none"
    yield "graceful restart", row["reload_signal"] or "none"
    yield "open files, at most", str(needs["open_files"])
    yield "processes and threads, at most", str(needs["processes"])
    space = needs["address_space_bytes"]
    yield "address space, at most", f"{space} bytes" if space else "the sandbox's"


def _outside(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    signature = row["signature"]
    yield "processes at rest", _span(*signature["processes"])
    yield "threads at rest, in all", _span(*signature["threads"])
    yield "idle ones stand in", _words(signature["idle_in"])
    yield "one more for each slow client, in", _words(signature["slow_in"])
    yield "a slow client adds one to", signature["grows"] or "nothing"
    yield "a busy worker stands in", _words(row["busy_in"])
    slots = row["worker_slots"]
    yield "connections served at once", "no limit" if slots is None else str(slots)
    for call, meaning in row["meanings"].items():
        yield f"{call} means here", meaning


def _operations(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in row["operations"]:
        yield name, "yes"
    for name, why in row["not_applicable"].items():
        yield name, f"no: {why}"


def _section(title: str, body: Any) -> Iterator[str]:
    yield ""
    yield title
    for line in body:
        yield f"  {line}".rstrip()


def _span(least: int, most: int) -> str:
    return str(least) if least == most else f"{least} to {most}"


def _words(names: list[str]) -> str:
    return ", ".join(names) or "none"
