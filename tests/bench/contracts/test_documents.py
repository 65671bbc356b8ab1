"""The published JSON Schemas and the types of the documents are two views of one thing.

A field that is added on one side only, or that one side requires, fails here.
"""

import json
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from labs.bench.contracts import loads, result_document, set_document, summary
from labs.bench.contracts.events import Status, Verdict
from labs.bench.contracts.outcomes import Outcome
from labs.bench.contracts.scenario import Kill, Reload
from labs.bench.contracts.stored_events import StoredEvent
from labs.bench.contracts.summary import FIGURES, Given, figures_given

ROOT = Path(__file__).resolve().parents[3]
SCHEMAS = {
    schema["$id"]: schema
    for schema in map(
        json.loads, (path.read_text() for path in ROOT.glob("docs/*.schema.json"))
    )
}
RESULT = SCHEMAS["urn:concsite:result:1"]
WORDS = {str: "string", bool: "boolean", int: "integer", float: "number"}
Place = tuple[dict, dict]  # a schema, and the document its references are within


def resolve(node: dict, root: dict) -> Place:
    """Follow references; what stands beside one adds to it."""
    while "$ref" in node:
        address, _, path = node["$ref"].partition("#")
        root = SCHEMAS[address] if address else root
        found = root
        for step in filter(None, path.split("/")):
            found = found[step]
        node = {k: v for k, v in node.items() if k != "$ref"} | found
    return node, root


def variants(node: dict, root: dict) -> Iterator[Place]:
    """Yield the alternatives of a schema, or itself."""
    node, root = resolve(node, root)
    for each in node.get("oneOf", ()):
        yield from variants(each, root)
    if "oneOf" not in node:
        yield node, root


def words(node: dict) -> set[str]:
    """Return the JSON types that a schema without alternatives allows."""
    if "type" in node:
        found = node["type"]
        return {found} if isinstance(found, str) else set(found)
    values = node.get("enum", [node["const"]] if "const" in node else [])
    return {"null" if v is None else WORDS[type(v)] for v in values}


def hints(kind: type) -> dict[str, tuple[Any, bool]]:
    """Return each field's type, and whether it is always there."""
    required = getattr(kind, "__total__", True)
    found = {}
    for name, hint in typing.get_type_hints(kind, include_extras=True).items():
        optional = typing.get_origin(hint) is typing.NotRequired
        hint = typing.get_args(hint)[0] if optional else hint
        found[name] = (hint, required and not optional)
    return found


def options(hint: Any) -> list[Any]:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return [each for arg in typing.get_args(hint) for each in options(arg)]
    return [hint]


def differences(hint: Any, node: dict, root: dict, where: str) -> Iterator[str]:
    """Yield where a type says other than a schema."""
    allowed = list(variants(node, root))
    for each in options(hint):
        if each is Any:
            continue
        if typing.is_typeddict(each):
            yield from _of_object(each, allowed, where)
            continue
        word = _word(each)
        fitting = [p for p in allowed if {word, _wider(word)} & words(p[0])]
        if not fitting:
            yield f"{where}: no {word} in the schema"
        elif word in ("array", "object"):
            yield from _inside(each, fitting, where)


def _of_object(kind: type, allowed: list[Place], where: str) -> Iterator[str]:
    fields_of = hints(kind)
    objects = [p for p in allowed if "properties" in p[0]]
    if "type" in fields_of and typing.get_args(fields_of["type"][0]):
        (name,) = typing.get_args(fields_of["type"][0])
        objects = [p for p in objects if p[0]["properties"]["type"]["const"] == name]
    if not objects:
        yield f"{where}: {kind.__name__} is not in the schema"
        return
    properties, required = _together(objects)
    if extra := set(fields_of) ^ set(properties):
        yield f"{where}: {sorted(extra)} on one side only"
    for name in fields_of.keys() & properties:
        hint, is_required = fields_of[name]
        # Which figures of the summary there must be is a matter of the run (below).
        if kind is not summary.Summary and is_required != (name in required):
            yield f"{where}.{name}: required on one side only"
        for node, root in properties[name]:
            if not _is_word_of_one(node):
                yield from differences(hint, node, root, f"{where}.{name}")


def _is_word_of_one(node: dict) -> bool:
    """Whether it is the name by which an alternative is told from the others."""
    return "const" in node and isinstance(node["const"], str)


def _together(objects: list[Place]) -> tuple[dict[str, list[Place]], set[str]]:
    """Return the properties of all alternatives, and those that each requires."""
    properties: dict[str, list[Place]] = {}
    for node, root in objects:
        for name, value in node["properties"].items():
            properties.setdefault(name, []).append((value, root))
    return properties, set.intersection(
        *(set(n.get("required", ())) for n, _ in objects)
    )


def _word(hint: Any) -> str:
    origin = typing.get_origin(hint) or hint
    if origin is type(None):
        return "null"
    if origin is typing.Literal:
        return WORDS[type(typing.get_args(hint)[0])]
    if origin in WORDS:
        return WORDS[origin]
    if issubclass(origin, Mapping):
        return "object"
    assert issubclass(origin, Sequence), hint
    return "array"


def _wider(word: str) -> str:
    return "number" if word == "integer" else word


def _inside(hint: Any, fitting: list[Place], where: str) -> Iterator[str]:
    arguments = typing.get_args(hint)
    for node, root in fitting:
        key = "items" if "items" in node else "additionalProperties"
        inner = node.get(key)
        if arguments and isinstance(inner, dict):
            yield from differences(arguments[-1], inner, root, f"{where}[]")


DOCUMENTS = {
    "urn:concsite:result:1": result_document.ResultDocument,
    "urn:concsite:set:1": set_document.SetDocument,
    "urn:concsite:comparison:1": set_document.ComparisonDocument,
    "urn:concsite:claims:1": set_document.ClaimsDocument,
}


class TestSchemas:
    def test_there_is_a_type_for_each(self):
        assert DOCUMENTS.keys() == SCHEMAS.keys()

    @pytest.mark.parametrize("address", DOCUMENTS)
    def test_the_type_says_the_same(self, address):
        schema = SCHEMAS[address]
        assert list(differences(DOCUMENTS[address], schema, schema, "")) == []

    @pytest.mark.parametrize("side", ["schema", "type"])
    def test_a_field_on_one_side_only_is_noticed(self, side):
        schema = json.loads(json.dumps(RESULT))
        phase = schema["$defs"]["phase"]["properties"]
        if side == "schema":
            phase["color"] = {"type": "string"}
        else:
            del phase["sentence"]
        found = list(differences(result_document.ResultDocument, schema, schema, ""))
        assert any(".phases[]" in each and "one side only" in each for each in found)

    def test_every_event_that_is_stored_is_among_them(self):
        listed = RESULT["properties"]["events"]["items"]
        kinds = {n["properties"]["type"]["const"] for n, _ in variants(listed, RESULT)}
        typed = {
            typing.get_args(typing.get_type_hints(each)["type"])[0]
            for each in typing.get_args(StoredEvent)
        }
        assert typed == kinds


class TestLists:
    """What the schema lists is what the core has."""

    def test_outcomes(self):
        assert RESULT["$defs"]["outcome"]["enum"] == list(Outcome)

    def test_verdicts(self):
        assert set(RESULT["properties"]["verdict"]["enum"]) == {None, *Verdict}

    def test_statuses(self):
        ended = {s for s in Status if s.is_terminal} - {Status.LOST}
        assert set(RESULT["properties"]["status"]["enum"]) == ended
        going_on = {s for s in Status if not s.is_terminal} - {Status.QUEUED}
        assert set(RESULT["$defs"]["phase_status"]["enum"]) == going_on

    def test_enumerations_are_words_in_json(self):
        for kind in (Outcome, Status, Verdict):
            assert issubclass(kind, StrEnum)
            assert json.loads(json.dumps(list(kind))) == [str(each) for each in kind]

    @pytest.mark.parametrize("kind", loads.TYPES, ids=loads.TYPES.values())
    def test_loads(self, kind):
        found = {
            node["properties"]["type"]["const"]: node["properties"].keys()
            for node, _ in variants(RESULT["$defs"]["load"], RESULT)
            if "properties" in node
        }
        expected = {"type", *(field.name for field in fields(kind))}
        assert found[loads.TYPES[kind]] == expected
        assert found.keys() == set(loads.TYPES.values())

    @pytest.mark.parametrize("kind", [Kill, Reload])
    def test_actions(self, kind):
        found = {
            node["properties"]["type"]["const"]: node["properties"].keys()
            for node, _ in variants(RESULT["$defs"]["action"], RESULT)
            if "properties" in node
        }
        assert found[kind.name] == {"type", *(field.name for field in fields(kind))}


class TestSummary:
    SCHEMA = RESULT["properties"]["summary"]

    @staticmethod
    def required(comment: str) -> set[str]:
        (rule,) = (r for r in RESULT["allOf"] if r.get("$comment") == comment)
        return set(rule["then"]["properties"]["summary"]["required"])

    def test_each_figure_has_a_type_and_words(self):
        assert list(summary.Summary.__annotations__) == list(FIGURES)

    def test_the_schema_has_each_figure(self):
        assert set(self.SCHEMA["properties"]) == set(FIGURES)

    def test_what_every_run_has(self):
        assert set(self.SCHEMA["required"]) == set(figures_given(Given.ALWAYS))

    @pytest.mark.parametrize(
        "given, comment",
        [
            (Given.HELD, "A load of connections that are held"),
            (Given.PROBE, "An honest client"),
        ],
    )
    def test_what_runs_of_a_kind_have(self, given, comment):
        assert self.required(comment) == set(figures_given(given))

    def test_what_runs_with_counted_requests_have(self):
        # Results from before connections that were lost were counted have no such sum.
        expected = set(figures_given(Given.LOOP)) - {"connections_lost"}
        assert self.required("A load whose requests are counted") == expected

    def test_the_docs_have_the_table(self):
        assert summary.table() in (ROOT / "docs/formats.md").read_text()
