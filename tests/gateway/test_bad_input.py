"""Bodies that don't fit: 422 with the field's name and nothing of the input, and nothing is charged."""

from __future__ import annotations

import json

import asyncpg
import pytest

from common.ids import uuid7
from tests.gateway.conftest import Gateway, problem

JSON = {"Content-Type": "application/json"}
GOOD = {"prompt": "sourdough bread", "type": "THUMBNAIL"}

PROMPTS = {
    "empty": "",
    "blank": " \t\n ",
    "no-break spaces": "\u00a0\u2003\u3000",
    "too long": "x" * 2001,
    "zero-width only": "\u200b\u200d\ufeff\u2060",
    "invisible letters only": "\u3164\u2800\u115f",
    "combining marks only": "\u0301\ufe0f",
    "NUL": "bread\x00",
    "escape": "bread\x1b[31m",
    "C1 control": "bread\x85bread",
    "number": 4,
    "null": None,
    "list": ["bread"],
    "true": True,
}

FIELDS = {
    "unknown type": ("type", {"type": "POEM"}),
    "type in lower case": ("type", {"type": "title"}),
    "type null": ("type", {"type": None}),
    "count 2": ("count", {"count": 2}),
    "count 6": ("count", {"count": 6}),
    "count as text": ("count", {"count": "4"}),
    "count as float": ("count", {"count": 4.0}),
    "count true": ("count", {"count": True}),
    "count null": ("count", {"count": None}),
    "count huge": ("count", {"count": 10**30}),
    "count NaN": ("count", {"count": float("nan")}),
    "count infinite": ("count", {"count": float("-inf")}),
    "count for titles": ("count", {"type": "TITLE", "count": 4}),
    "unknown field": ("style", {"style": "neon"}),
    "NaN in an unknown field": ("seed", {"seed": float("nan")}),
}

RAW = {
    "nothing": b"",
    "not JSON": b"{prompt: bread}",
    "cut off": b'{"prompt": "bre',
    "no object": b'["bread"]',
    "null": b"null",
    "invalid UTF-8": b'{"prompt": "\xff\xfe", "type": "TITLE"}',
    "UTF-16": json.dumps(GOOD).encode("utf-16"),
    "lone surrogate": b'{"prompt": "bread \\ud800", "type": "TITLE"}',
    "lone surrogate as a name": b'{"prompt": "bread", "type": "TITLE", "\\udfff": 1}',
    "1e400": b'{"prompt": "bread", "type": "THUMBNAIL", "count": 1e400}',
    "very deep": b"[" * 30_000,
    "deep and nested in a field": b'{"prompt": "bread", "type": ' + b'{"a":' * 10_000 + b"1",
    "a number of 5000 digits": b'{"prompt": "bread", "type": "THUMBNAIL", "count": ' + b"9" * 5000 + b"}",
    "trailing garbage": json.dumps(GOOD).encode() + b"}",
}


@pytest.fixture(autouse=True)
async def nothing_is_stored_or_charged(gateway: Gateway, owner: asyncpg.Connection):
    yield
    assert await owner.fetchval("select count(*) from generations") == 0
    assert await owner.fetchval("select count(*) from outbox") == 0
    assert await gateway.balance() == 20


async def fields(gateway: Gateway, raw: bytes, headers: dict[str, str] = JSON) -> list[str]:
    answer = await gateway.post("/api/generations", content=raw, headers=headers)
    return [error["field"] for error in problem(answer, 422, "invalid_request")["errors"]]


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS)
async def test_a_prompt_that_does_not_fit_is_named(gateway: Gateway, prompt):
    assert await fields(gateway, json.dumps(GOOD | {"prompt": prompt}).encode()) == ["prompt"]


@pytest.mark.parametrize(("field", "body"), FIELDS.values(), ids=FIELDS)
async def test_a_field_that_does_not_fit_is_named(gateway: Gateway, field: str, body):
    assert await fields(gateway, json.dumps(GOOD | body).encode()) == [field]


@pytest.mark.parametrize("raw", RAW.values(), ids=RAW)
async def test_a_body_that_can_not_be_read_is_refused(gateway: Gateway, raw: bytes):
    assert await fields(gateway, raw)


async def test_missing_fields_are_all_named(gateway: Gateway):
    assert await fields(gateway, b"{}") == ["prompt", "type"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_a_body_that_is_not_declared_as_json_is_refused(gateway: Gateway, content_type: str):
    assert await fields(gateway, json.dumps(GOOD).encode(), {"Content-Type": content_type}) == ["Content-Type"]


async def test_an_error_echoes_nothing_of_the_input(gateway: Gateway):
    secret = "my<script>secret"
    body = {"prompt": f"{secret}\x00", "type": secret, "count": secret, secret: secret}
    answer = await gateway.post("/api/generations", json=body)
    assert secret not in answer.text
    problem(answer, 422, "invalid_request")


@pytest.mark.parametrize("key", ["", " ", "with space", "x" * 256, "tab\tkey", "umläut".encode("latin-1")])
async def test_an_idempotency_key_that_does_not_fit_is_named(gateway: Gateway, key):
    answer = await gateway.post("/api/generations", json=GOOD, headers={"Idempotency-Key": key})
    assert problem(answer, 422, "invalid_request")["errors"][0]["field"] == "Idempotency-Key"


EDITS = {
    "unknown action": ("action", {"action": "REPAINT"}),
    "empty": ("new_text", {"new_text": ""}),
    "blank": ("new_text", {"new_text": "  "}),
    "too long": ("new_text", {"new_text": "x" * 81}),
    "zero-width only": ("new_text", {"new_text": "\u200b"}),
    "NUL": ("new_text", {"new_text": "a\x00b"}),
    "number": ("new_text", {"new_text": 1}),
    "unknown field": ("font", {"font": "Comic Sans"}),
}


@pytest.mark.parametrize(("field", "body"), EDITS.values(), ids=EDITS)
async def test_an_edit_that_does_not_fit_is_named(gateway: Gateway, field: str, body):
    edit = {"action": "REPLACE_TEXT", "new_text": "NEW"} | body
    answer = await gateway.post(f"/api/artifacts/{uuid7()}/edit", json=edit)
    assert [e["field"] for e in problem(answer, 422, "invalid_request")["errors"]] == [field]
