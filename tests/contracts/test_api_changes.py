"""What a change of the REST API does to clients of the last release."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vision3.api_documents.__main__ import FOLDER, RELEASED, problems, write
from vision3.api_documents.changes import breaks

Document = dict[str, Any]

OPENAPI = json.loads((FOLDER / "openapi.json").read_text(encoding="utf-8"))
ORDER = ("/api/generations", "post")
SHOW = ("/api/generations/{generation_id}", "get")
LIST = ("/api/generations", "get")


def operation(document: Document, where: tuple[str, str]) -> Document:
    path, method = where
    found: Document = document["paths"][path][method]
    return found


def schema(document: Document, name: str) -> Document:
    found: Document = document["components"]["schemas"][name]
    return found


def parameter(document: Document, name: str) -> Document:
    return next(p for p in operation(document, LIST)["parameters"] if p["name"] == name)


def changed(change: Callable[[Document], object]) -> Document:
    document = copy.deepcopy(OPENAPI)
    change(document)
    return document


def _required(document: Document) -> None:
    schema(document, "NewGeneration")["properties"]["style"] = {"type": "string"}
    schema(document, "NewGeneration")["required"].append("style")


def _required_parameter(document: Document) -> None:
    operation(document, LIST)["parameters"].append(
        {"name": "team", "in": "query", "required": True, "schema": {"type": "string"}}
    )


BREAKING: dict[str, tuple[Callable[[Document], object], str]] = {
    "a route goes": (lambda d: d["paths"].pop("/api/me/credits"), "GET /api/me/credits is gone"),
    "a method goes": (lambda d: d["paths"][SHOW[0]].pop("delete"), "DELETE /api/generations/{generation_id} is gone"),
    "a field is demanded": (_required, "body style is new and required"),
    "a parameter is demanded": (_required_parameter, "parameter query team is new and required"),
    "a parameter goes": (
        lambda d: operation(d, LIST)["parameters"].remove(parameter(d, "q")),
        "parameter query q is gone",
    ),
    "a field of the body goes": (
        lambda d: schema(d, "NewGeneration")["properties"].pop("count"),
        "body count is gone",
    ),
    "less is taken": (
        lambda d: schema(d, "NewGeneration")["properties"]["type"]["enum"].remove("TITLE"),
        "body type takes less than before",
    ),
    "a bound is tightened": (
        lambda d: parameter(d, "limit")["schema"].update(maximum=50),
        "parameter query limit takes less than before",
    ),
    "a bound is new": (
        lambda d: parameter(d, "cursor")["schema"].update(maxLength=10),
        "parameter query cursor takes less than before",
    ),
    "a field of the answer goes": (
        lambda d: schema(d, "Generation")["properties"].pop("progress"),
        "200 progress is gone",
    ),
    "a field deep in the answer goes": (
        lambda d: schema(d, "Image")["properties"].pop("url"),
        "200 artifacts[].url is gone",
    ),
    "a field may be missing": (
        lambda d: schema(d, "Generation")["required"].remove("status"),
        "200 status may be missing now",
    ),
    "a field may be null": (
        lambda d: schema(d, "Progress")["properties"].update(
            settled={"anyOf": [{"type": "integer"}, {"type": "null"}]}
        ),
        "200 progress.settled may be something else now",
    ),
    "a value is new": (
        lambda d: schema(d, "Generation")["properties"]["status"]["enum"].append("CANCELLED"),
        "200 status may be something else now",
    ),
    "a type is another": (
        lambda d: schema(d, "Image")["properties"].update(width={"type": "string"}),
        "200 artifacts[].width is something else now",
    ),
    "a status goes": (
        lambda d: operation(d, ORDER)["responses"].update({"201": operation(d, ORDER)["responses"].pop("202")}),
        "does not answer 202 any more",
    ),
    "a media type goes": (
        lambda d: operation(d, SHOW)["responses"]["200"]["content"].pop("application/json"),
        "200 is not application/json any more",
    ),
    "a token is wanted": (
        lambda d: d["paths"]["/media/{artifact_id}"]["get"].update(security=[{"sessionToken": []}]),
        "needs a token now",
    ),
    "a redirect is new": (
        lambda d: operation(d, SHOW)["responses"].update({"302": {"description": "elsewhere"}}),
        "answers 302 now",
    ),
}

HARMLESS: dict[str, Callable[[Document], object]] = {
    "nothing": lambda d: None,
    "words": lambda d: operation(d, SHOW).update(description="Other words.", summary="Others"),
    "an optional field of the body": lambda d: schema(d, "NewGeneration")["properties"].update(
        style={"type": "string"}
    ),
    "an optional parameter": lambda d: operation(d, LIST)["parameters"].append(
        {"name": "team", "in": "query", "schema": {"type": "string"}}
    ),
    "a field of the answer": lambda d: schema(d, "Generation")["properties"].update(cost={"type": "integer"}),
    "a looser bound": lambda d: parameter(d, "limit")["schema"].update(maximum=500),
    "more is taken": lambda d: schema(d, "NewGeneration")["properties"]["type"]["enum"].append("SHORT"),
    "an answer is always there": lambda d: schema(d, "Title").update(required=["id", "type", "text"]),
    "a route": lambda d: d["paths"].update({"/api/new": copy.deepcopy(d["paths"]["/api/me"])}),
    "a problem": lambda d: operation(d, SHOW)["responses"].update({"410": {"description": "gone"}}),
}


@pytest.mark.parametrize(("change", "line"), BREAKING.values(), ids=BREAKING)
def test_a_breaking_change_is_named(change: Callable[[Document], object], line: str):
    found = breaks(OPENAPI, changed(change))
    assert any(line in one for one in found), found


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_what_clients_of_the_release_can_bear_is_no_break(change: Callable[[Document], object]):
    assert breaks(OPENAPI, changed(change)) == []


def test_a_stale_file_is_named_with_what_to_run(tmp_path: Path):
    write({"openapi.json": OPENAPI, RELEASED: OPENAPI}, tmp_path)
    assert problems({"openapi.json": OPENAPI}, tmp_path) == []
    newer = changed(HARMLESS["a field of the answer"])
    (line,) = problems({"openapi.json": newer}, tmp_path)
    assert line == "docs/api/openapi.json is stale: run python -m vision3.api_documents"


def test_a_break_is_named_even_when_the_document_was_written_anew(tmp_path: Path):
    broken = changed(BREAKING["a route goes"][0])
    write({"openapi.json": broken, RELEASED: OPENAPI}, tmp_path)
    assert problems({"openapi.json": broken}, tmp_path) == ["GET /api/me/credits is gone"]
