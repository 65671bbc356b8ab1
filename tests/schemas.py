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
    """Hold a document to a schema (result, set, comparison), or to a part of one."""
    schema = {"$ref": name if ":" in name else f"urn:concsite:{name}:1"}
    validator = jsonschema.Draft202012Validator(schema, registry=_REGISTRY)
    # As it would be read again: tuples are lists, and enumerations words.
    validator.validate(json.loads(json.dumps(document, allow_nan=False)))
