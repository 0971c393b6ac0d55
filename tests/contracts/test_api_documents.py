"""docs/api: complete, up to date, and what the code really says."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter

from common.events import EVENTS
from common.events.contracts import REQUESTS
from common.permissions import PARTS
from common.problems import TITLES
from gateway import schemas
from gateway.answers import ANY_REQUEST, STATUSES
from vision3 import api
from vision3.api_documents.__main__ import FOLDER
from vision3.api_documents.examples import EXAMPLES
from vision3.api_documents.openapi import openapi, operations

OPENAPI = json.loads((FOLDER / "openapi.json").read_text(encoding="utf-8"))
ASYNCAPI = json.loads((FOLDER / "asyncapi.json").read_text(encoding="utf-8"))
PUBLIC = {"/api/plans"}
OPERATIONS = {operation["operationId"]: (path, method, operation) for path, method, operation in operations(OPENAPI)}
PROBLEM = "application/problem+json"
NOT_FOR_CLIENTS = {"method_not_allowed", "cors_refused"}  # of an address or a preflight, and so of no operation

MODELS: dict[str, type[BaseModel]] = {
    "GenerationPage": schemas.Page[schemas.Generation],
    "CreditEntryPage": schemas.Page[schemas.CreditEntry],
}


def codes(operation: dict[str, Any]) -> set[str]:
    return {
        code
        for answer in operation["responses"].values()
        for code in answer.get("content", {}).get(PROBLEM, {}).get("examples", ())
    }


def test_nothing_is_stale_and_nothing_breaks_the_last_release():
    command = [sys.executable, "-W", "error", "-m", "vision3.api_documents", "--check"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_the_same_code_gives_the_same_document():
    assert openapi() == openapi() == OPENAPI


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_says_what_it_does_what_it_answers_and_whether_it_wants_a_token(name: str):
    path, method, operation = OPERATIONS[name]
    assert operation["summary"]
    assert operation["description"]
    good = [status for status in operation["responses"] if status < "4"]
    assert good
    assert codes(operation) >= (set(ANY_REQUEST) if method != "head" else set())
    wants_token = path.startswith("/api/") and path not in PUBLIC
    assert ("unauthenticated" in codes(operation)) == bool(operation["security"]) == wants_token
    assert ("not_found" in codes(operation)) == ("{" in path) or method == "head"
    assert "HTTPValidationError" not in json.dumps(operation)


@pytest.mark.parametrize("name", OPERATIONS)
def test_whatever_is_not_empty_has_a_schema_and_each_problem_an_example(name: str):
    _, method, operation = OPERATIONS[name]
    for status, answer in operation["responses"].items():
        for kind, content in answer.get("content", {}).items():
            assert content["schema"], (status, kind)
        if status >= "4" and method != "head":
            examples = answer["content"][PROBLEM]["examples"]
            assert [example["value"]["code"] for example in examples.values()] == list(examples)
            assert {example["value"]["status"] for example in examples.values()} == {int(status)}
    if "requestBody" in operation:
        assert operation["requestBody"]["content"]["application/json"]["example"]


def test_every_code_is_documented_somewhere():
    documented = set().union(*(codes(operation) for _, _, operation in OPERATIONS.values()))
    assert documented == set(TITLES) - NOT_FOR_CLIENTS == set(STATUSES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_are_what_the_models_take_and_give(name: str):
    model = MODELS.get(name) or getattr(schemas, name)
    body = json.dumps(EXAMPLES[name])
    assert json.loads(model.model_validate_json(body).model_dump_json(exclude_unset=True)) == EXAMPLES[name]


CLIENT_MODELS = [api.Accepted, api.Generation, api.Me, api.Image, api.Title, api.Progress, api.Failure]


@pytest.mark.parametrize("model", CLIENT_MODELS, ids=lambda model: model.__name__)
def test_the_commands_own_client_reads_what_the_document_promises(model: type[BaseModel]):
    """It may know less, and it may not count on what is not always there."""
    documented = OPENAPI["components"]["schemas"][model.__name__]
    assert set(model.model_fields) <= set(documented["required"])
    if model.__name__ in EXAMPLES:
        TypeAdapter(model).validate_json(json.dumps(EXAMPLES[model.__name__]))


def test_every_message_of_the_bus_has_its_channel_and_its_payload():
    assert set(ASYNCAPI["channels"]) == {*EVENTS, *REQUESTS, *(f"{subject}.reply" for subject in REQUESTS)}
    for message in ASYNCAPI["components"]["messages"].values():
        assert "properties" in message["payload"]
        assert message["examples"]


def test_every_pointer_of_the_bus_document_leads_somewhere():
    pointers = set(_pointers(ASYNCAPI))
    assert pointers
    for pointer in pointers:
        node: Any = ASYNCAPI
        for part in pointer.removeprefix("#/").split("/"):
            node = node[part]


def test_whoever_may_say_or_hear_something_is_named():
    named = set(ASYNCAPI["operations"])
    for service, part in PARTS.items():
        said = {f"{service}.sends.{event.TYPE}" for event in part.publishes}
        heard = {f"{service}.receives.{event.TYPE}" for event in part.hears}
        assert said | heard <= named
    assert {name for name in named if name.startswith("retention.")} == {"retention.receives.user.deleted.v1"}


def _pointers(node: Any):
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "$ref")
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from _pointers(item)
