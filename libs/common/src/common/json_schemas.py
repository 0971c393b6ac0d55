"""What differs between two JSON schemas, field by field: contracts are files, and a change of one is judged by this."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

Schema = dict[str, Any]

LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems")
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
ALTERNATIVES = ("anyOf", "oneOf")
WORDS = ("title", "description", "default", "example", "examples")
WITHIN = {"items": "[]", "contentSchema": "{}"}
APART = {
    "properties",
    "required",
    "items",
    "contentSchema",
    "enum",
    "discriminator",
    *LOWER,
    *UPPER,
    *ALTERNATIVES,
    *WORDS,
}
"""What stands for itself, or is words."""


class Difference(Enum):
    GONE = "is gone"
    NEW_AND_REQUIRED = "is new and required"
    NOW_REQUIRED = "is required now"
    NOW_OPTIONAL = "may be missing now"
    NARROWER = "takes less than before"
    WIDER = "may be something else now"
    OTHER = "is something else now"


@dataclass(frozen=True, slots=True)
class Field:
    """kinds: what a value may be. bounds: the tightest lower and upper of each name."""

    required: bool
    kinds: frozenset[str]
    bounds: frozenset[tuple[str, float]]


def differences(before: Schema, after: Schema) -> Iterator[tuple[str, Difference]]:
    """Each by the path of its field (`artifacts[].url`). A new optional field is none. Schemas with their `$defs`."""
    old, new = fields(before), fields(after)
    for path in sorted(old.keys() - new.keys()):
        if _parent(path) in new or not _parent(path):
            yield path, Difference.GONE
    for path in sorted(new.keys() - old.keys()):
        if new[path].required and (not _parent(path) or _parent(path) in old):
            yield path, Difference.NEW_AND_REQUIRED
    for path in sorted(old.keys() & new.keys()):
        yield from ((path, difference) for difference in _between(old[path], new[path]))


def fields(schema: Schema) -> dict[str, Field]:
    """Each field by its path; a list's items are a field `[]`, and alternatives share what they have in common.

    `{}` is what a string holds whose content has a schema.
    """
    found: dict[str, Field] = {}
    for path, field in _walk(resolved(schema), ""):
        known = found.get(path, field)
        found[path] = Field(known.required and field.required, known.kinds | field.kinds, known.bounds | field.bounds)
    return found


def resolved(schema: Schema) -> Schema:
    """The same without pointers to its definitions, which must not point to themselves."""
    whole: Schema = _resolved(schema, schema.get("$defs", {}))
    return whole


def _between(old: Field, new: Field) -> Iterator[Difference]:
    if new.required and not old.required:
        yield Difference.NOW_REQUIRED
    if old.required and not new.required:
        yield Difference.NOW_OPTIONAL
    if new.kinds < old.kinds:
        yield Difference.NARROWER
    elif old.kinds < new.kinds:
        yield Difference.WIDER
    elif old.kinds != new.kinds:
        yield Difference.OTHER
    yield from _bounded(dict(old.bounds), dict(new.bounds))


def _bounded(old: Mapping[str, float], new: Mapping[str, float]) -> Iterator[Difference]:
    for names, unbounded, sign in ((LOWER, float("-inf"), 1), (UPPER, float("inf"), -1)):
        moved = [sign * (new.get(name, unbounded) - old.get(name, unbounded)) for name in names if name in {*old, *new}]
        if any(by > 0 for by in moved):
            yield Difference.NARROWER
        if any(by < 0 for by in moved):
            yield Difference.WIDER


def _walk(node: Schema, path: str) -> Iterator[tuple[str, Field]]:
    for kind in _alternatives(node):
        required = kind.get("required", ())
        children = [(f"{path}.{name}".lstrip("."), child, name in required) for name, child in _properties(kind)]
        children += [(path + mark, kind[word], True) for word, mark in WITHIN.items() if word in kind]
        for where, child, is_required in children:
            kinds = list(_alternatives(child))
            yield where, Field(is_required, frozenset(_kinds(kinds)), frozenset(_bounds(kinds)))
            yield from _walk(child, where)


def _properties(kind: Schema) -> list[tuple[str, Schema]]:
    return list(kind.get("properties", {}).items())


def _alternatives(node: Schema) -> Iterator[Schema]:
    """What a value may be one of, however deep that is nested."""
    inner = [kind for name in ALTERNATIVES for kind in node.get(name, ())]
    if not inner:
        yield node
    for kind in inner:
        yield from _alternatives(kind)


def _kinds(alternatives: list[Schema]) -> Iterator[str]:
    """An object's fields stand for themselves; each value of an enumeration is a kind of its own."""
    for node in alternatives:
        kind = {key: value for key, value in node.items() if key not in APART}
        for value in node.get("enum", [None]):
            yield json.dumps(kind | ({"const": value} if "enum" in node else {}), sort_keys=True)


def _bounds(alternatives: list[Schema]) -> Iterator[tuple[str, float]]:
    return ((name, node[name]) for node in alternatives for name in (*LOWER, *UPPER) if name in node)


def _parent(path: str) -> str:
    return path[:-2] if path.endswith(tuple(WITHIN.values())) else path.rpartition(".")[0]


def _resolved(node: Any, definitions: Schema) -> Any:
    if isinstance(node, list):
        return [_resolved(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _resolved(definitions[node["$ref"].rpartition("/")[2]], definitions)
    return {key: _resolved(value, definitions) for key, value in node.items() if key != "$defs"}
