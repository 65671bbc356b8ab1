"""The published JSON Schemas, which refer to each other, and documents held to them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
from referencing import Registry, Resource

DOCS = Path(__file__).resolve().parents[1] / "docs"
_ALL = [json.loads(path.read_text()) for path in DOCS.glob("*.schema.json")]
_REGISTRY = Registry().with_resources(
    (schema["$id"], Resource.from_contents(schema)) for schema in _ALL
)


def check(document: Any, name: str) -> None:
    """Hold a document to a schema (result, set, comparison, claims), or to a part of
    one; and a result to what no schema can say."""
    schema = {"$ref": name if ":" in name else f"urn:concsite:{name}:1"}
    validator = jsonschema.Draft202012Validator(schema, registry=_REGISTRY)
    # As it would be read again: tuples are lists, and enumerations words.
    validator.validate(json.loads(json.dumps(document, allow_nan=False)))
    if name == "result":
        check_columns(document)


def check_columns(result: Any) -> None:
    """Hold a result to what no schema can say: columns of one length, percentiles that
    rise, and phases that end after they began."""
    ticks = len(result["series"]["t_s"])
    assert {len(column) for column in result["series"].values()} == {ticks}
    names = ("latency_p50_ms", "latency_p90_ms", "latency_p99_ms", "latency_max_ms")
    counted = [phase.get("counted") or {} for phase in result["phases"]]
    for told in (result["summary"], *counted):
        known = [told[name] for name in names if told.get(name) is not None]
        assert known == sorted(known)
    assert all(phase["start_s"] <= phase["end_s"] for phase in result["phases"])
