"""docs/api/openapi.json: what FastAPI knows of the routes, with what only we know."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from gateway.schemas import Checkout, Edit, Leaving, MeNow, NewGeneration, ProblemBody
from vision3.api_documents.examples import EXAMPLES
from vision3.api_documents.gateway_app import gateway_app

Document = dict[str, Any]

READ_BY_US: tuple[type[BaseModel], ...] = (NewGeneration, Edit, Checkout, Leaving)
WRITTEN_BY_US: tuple[type[BaseModel], ...] = (ProblemBody, MeNow)
"""Models that FastAPI does not see, because our own code reads or writes their bytes."""

METHODS = ("get", "post", "delete", "head")
TOKEN = "sessionToken"  # noqa: S105  # the scheme's name
SCHEMA_WORDS = {"type", "anyOf", "oneOf", "$ref", "const", "enum"}
OPEN = ("/media/", "/api/plans")
"""What needs no token, because its address is signed."""

DESCRIPTION = """\
Thumbnails and titles for a prompt.

**Tokens.** Every request carries a Clerk session token of 60 seconds as a bearer token; pictures need none.
**Problems** come as `application/problem+json` with a stable `code`; nothing is charged for a request that gets one.
**Lists** are newest first; `next_cursor` is null on the last page. **Every answer** carries an `X-Request-Id`.
**Later versions** may add fields, and codes of problems: leave alone what you do not know.
"""
TAGS = {
    "generations": "One prompt and what comes of it.",
    "artifacts": "Pictures and titles.",
    "account": "The caller's own account and ledger.",
    "media": "Bytes, for whoever holds a signed address.",
}


def openapi() -> Document:
    """OpenAPI 3.1."""
    app = gateway_app()
    document: Document = get_openapi(
        title="Vision3",
        version=version("vision3-gateway"),
        description=DESCRIPTION,
        routes=[route for route in app.routes if getattr(route, "include_in_schema", False)],
        servers=[{"url": "http://127.0.0.1:8080", "description": "`./vision3 up` on this machine"}],
        tags=[{"name": name, "description": text} for name, text in TAGS.items()],
    )
    schemas = document["components"]["schemas"]
    schemas.update(_models(READ_BY_US, "validation") | _models(WRITTEN_BY_US, "serialization"))
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    document["components"]["securitySchemes"] = {TOKEN: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    document["components"]["schemas"] = _tidied(schemas)
    document = _named_by_items(document)
    for path, method, operation in operations(document):
        _finish(path, method, operation)
    return document


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    """Path, method and what is said of it."""
    for path, methods in document["paths"].items():
        yield from ((path, method, methods[method]) for method in METHODS if method in methods)


def _models(models: tuple[type[BaseModel], ...], mode: Any) -> Document:
    _, definitions = models_json_schema(
        [(model, mode) for model in models], ref_template="#/components/schemas/{model}"
    )
    found: Document = definitions["$defs"]
    return found


def _named_by_items(document: Document) -> Document:
    """`GenerationPage` for FastAPI's `Page_Generation_`: clients' types are named so."""
    renamed: Document = json.loads(re.sub(r"\bPage_(\w+?)_", r"\1Page", json.dumps(document)))
    return renamed


def _finish(path: str, method: str, operation: Document) -> None:
    operation["security"] = [] if path.startswith(OPEN) else [{TOKEN: []}]
    operation["operationId"] = operation["operationId"].partition(_path_words(path))[0] + ("_head" * (method == "head"))
    if "HTTPValidationError" in str(operation["responses"].get("422")):
        del operation["responses"]["422"]  # FastAPI's own, which ours replaces
    for content in _json_contents(operation):
        if (model := content["schema"].get("$ref", "").rpartition("/")[2]) in EXAMPLES:
            content["example"] = EXAMPLES[model]
    for parameter in operation.get("parameters", ()):
        parameter["schema"] = _given(_tidied(parameter["schema"]))
    if method == "head":
        for response in operation["responses"].values():
            response.pop("content", None)


def _json_contents(operation: Document) -> Iterator[Document]:
    """Bodies, of the request and of good answers."""
    for body in (operation.get("requestBody", {}), *operation["responses"].values()):
        yield from (content for kind, content in body.get("content", {}).items() if kind == "application/json")


def _path_words(path: str) -> str:
    """What FastAPI puts behind a function's name."""
    return "".join(c if c.isalnum() else "_" for c in f"_{path.lstrip('/')}")


def _given(schema: Document) -> Document:
    """A parameter may be left out; there is no way to send null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    return {key: value for key, value in schema.items() if key != "anyOf"} | kinds[0] if len(kinds) == 1 else schema


def _tidied(node: Any) -> Any:
    """Without pydantic's repetition of each name in words (a property that is called `title` stays), and without nulls
    as defaults, which say that a field may be missing where null may not be sent."""
    if isinstance(node, list):
        return [_tidied(item) for item in node]
    if not isinstance(node, dict):
        return node
    left_out = {"title"} if isinstance(node.get("title"), str) and node.keys() & SCHEMA_WORDS else set()
    left_out |= {"default"} if node.get("default", 0) is None else set()
    return {key: _tidied(value) for key, value in node.items() if key not in left_out}
