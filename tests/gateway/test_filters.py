"""Lists narrowed by type, status, expiry and the words of one's own prompts, page by page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.gateway import rows
from tests.gateway.conftest import Gateway, problem


async def listed(gateway: Gateway, user: str = "alice", **params: Any) -> list[str]:
    """The prompts, all pages of two."""
    prompts: list[str] = []
    cursor: dict[str, Any] = {}
    while not prompts or cursor["cursor"]:
        answer = await gateway.get("/api/generations", user, params={"limit": 2} | params | cursor)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        prompts += [item["prompt"] for item in page["items"]]
        cursor = {"cursor": page["next_cursor"]}
        if not page["items"]:
            break
    return prompts


async def made(gateway: Gateway, *prompts: str, kind: str = "TITLE") -> list[UUID]:
    answers = [await gateway.generate(prompt=prompt, type=kind) for prompt in prompts]
    return [UUID(answer.json()["generation_id"]) for answer in answers]


async def test_by_type_and_status_page_by_page(gateway: Gateway, owner: asyncpg.Connection):
    done = [generation for name in "abc" for generation in await made(gateway, name)]
    await rows.settle(owner, done[0])
    await rows.settle(owner, done[1], "FAILED")
    await rows.settle(owner, done[2])
    await made(gateway, "d", kind="THUMBNAIL")
    assert await listed(gateway, type="TITLE") == ["c", "b", "a"]
    assert await listed(gateway, type="THUMBNAIL") == ["d"]
    assert await listed(gateway, status="COMPLETED") == ["c", "a"]
    assert await listed(gateway, status="PENDING") == ["d"]
    assert await listed(gateway, status="FAILED", type="TITLE") == ["b"]
    assert await listed(gateway, status="FAILED", type="THUMBNAIL") == []


async def test_by_what_expires_soon(gateway: Gateway, owner: asyncpg.Connection):
    generations = await made(gateway, "today", "three weeks ago", "four weeks ago")
    for generation, days in zip(generations, (0, 22, 28), strict=True):
        age = timedelta(days=days)
        await owner.execute("update generations set created_at = now() - $2::interval where id = $1", generation, age)
        await rows.settle(owner, generation)
    assert await listed(gateway, expires_within_days=3) == ["four weeks ago"]
    assert await listed(gateway, expires_within_days=9) == ["four weeks ago", "three weeks ago"]
    assert len(await listed(gateway, expires_within_days=365)) == 3


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("sourdough", ["Sourdough bread"]),
        ("BREAD", ["100% bread", "Sourdough bread"]),
        ("bread sour", ["Sourdough bread"]),
        ("sour cheese", []),
        ("  rea  ", ["100% bread", "Sourdough bread"]),
        ("寿司", ["寿司の作り方"]),
        ("作り", ["寿司の作り方"]),
        ("100%", ["100% bread"]),
        ("%", ["100% bread"]),
        ("_", []),
        ("\\", ["back\\slash"]),
        ("'; drop", []),
    ],
)
async def test_by_words_of_the_prompt(gateway: Gateway, words: str, found: list[str]):
    await made(gateway, "Sourdough bread", "寿司の作り方", "100% bread", "back\\slash")
    assert await listed(gateway, q=words) == found


async def test_nobody_finds_anybody_elses_prompts(gateway: Gateway):
    await made(gateway, "sourdough bread")
    assert await listed(gateway, "bob", q="sourdough") == []
    assert await listed(gateway, "bob") == []


async def test_what_was_anonymized_is_found_by_nobody(gateway: Gateway, owner: asyncpg.Connection):
    await made(gateway, "sourdough bread")
    await owner.execute("update generations set user_id = null, user_prompt = null, anonymized_at = now()")
    assert await listed(gateway, q="sourdough") == []


async def test_a_cursor_is_good_for_the_filters_it_was_made_with_only(gateway: Gateway):
    await made(gateway, "bread one", "bread two", "bread three")
    asked = {"limit": 1, "q": "bread", "type": "TITLE"}
    cursor = (await gateway.get("/api/generations", params=asked)).json()["next_cursor"]
    again = await gateway.get("/api/generations", params=asked | {"cursor": cursor, "limit": 2})
    assert [item["prompt"] for item in again.json()["items"]] == ["bread two", "bread one"]
    others = ({"q": "two"}, {"type": "THUMBNAIL"}, {"status": "PENDING"}, {"expires_within_days": 3})
    for other in others:
        answer = await gateway.get("/api/generations", params=asked | other | {"cursor": cursor})
        assert problem(answer, 422, "invalid_request")["errors"][0]["field"] == "cursor", other


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("type", "POEM"),
        ("type", ""),
        ("status", "completed"),
        ("expires_within_days", "0"),
        ("expires_within_days", "366"),
        ("expires_within_days", "soon"),
        ("q", ""),
        ("q", " "),
        ("q", "x" * 101),
        ("q", "a\x00b"),
    ],
)
async def test_a_filter_that_does_not_fit_is_named(gateway: Gateway, field: str, value: str):
    body = problem(await gateway.get("/api/generations", params={field: value}), 422, "invalid_request")
    assert [error["field"] for error in body["errors"]] == [field]
