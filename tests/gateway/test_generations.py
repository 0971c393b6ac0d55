"""Asking for generations, looking at them, listing them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from common.ids import uuid7
from tests.gateway import rows
from tests.gateway.conftest import Gateway, Pools, Start, problem
from tests.support.transactions import one_transaction_wrote, open_transactions

MALFORMED_IDS = ["1", "none", "00000000-0000-0000-0000-00000000000g", "%00", "..%2f..", "x" * 300]


async def test_a_generation_is_stored_charged_and_announced(gateway: Gateway, owner: asyncpg.Connection):
    answer = await gateway.generate(prompt="  sourdough bread\n", count=3)
    assert answer.status_code == 202, answer.text
    accepted = answer.json()
    generation_id = UUID(accepted["generation_id"])
    assert accepted == {"generation_id": str(generation_id), "status": "PENDING", "credits_remaining": 17}
    assert answer.headers["Location"] == f"/api/generations/{generation_id}"
    row = await owner.fetchrow("select * from generations")
    assert (row["user_prompt"], row["requested_count"], row["credits_charged"]) == ("sourdough bread", 3, 3)
    assert row["tier"] == "free"
    entry = await owner.fetchrow("select * from credit_entries where kind = 'charge'")
    assert (entry["amount"], entry["reference"]) == (-3, f"charge:{generation_id}")


async def test_no_transaction_is_open_while_a_client_sends_its_body(gateway: Gateway, pools: Pools):
    await gateway.get("/api/me")
    same_role = await pools("gateway")

    async def slow_body() -> AsyncIterator[bytes]:
        yield b'{"prompt": "sourdough", '
        assert await open_transactions(same_role) == 0
        yield b'"type": "TITLE"}'

    headers = {"Content-Type": "application/json"}
    assert (await gateway.post("/api/generations", content=slow_body(), headers=headers)).status_code == 202


async def test_the_event_waits_in_the_outbox_and_holds_ids_only(start: Start, owner: asyncpg.Connection):
    async with start(nats_url="nats://127.0.0.1:1") as gateway:
        answer = await gateway.generate(prompt="a secret recipe")
        event = json.loads(await owner.fetchval("select payload from outbox"))
    assert event["type"] == "generation.requested.v1"
    assert event["data"] == {"generation_id": answer.json()["generation_id"]}


async def test_the_charge_the_generation_its_key_and_its_event_are_one_transaction(
    start: Start, owner: asyncpg.Connection
):
    async with start(nats_url="nats://127.0.0.1:1") as gateway:
        assert (await gateway.generate(key="once")).status_code == 202
        charge = "credit_entries where kind = 'charge'"
        assert await one_transaction_wrote(owner, "users", charge, "generations", "idempotency_keys", "outbox")


@pytest.mark.parametrize(
    ("body", "requested", "cost"),
    [({}, 4, 4), ({"count": 5}, 5, 5), ({"type": "TITLE"}, 1, 1)],
    ids=["four by default", "five", "titles"],
)
async def test_a_thumbnail_costs_a_credit_each_and_titles_cost_one(gateway: Gateway, body, requested, cost):
    accepted = (await gateway.generate(**body)).json()
    assert accepted["credits_remaining"] == 20 - cost
    shown = (await gateway.get(f"/api/generations/{accepted['generation_id']}")).json()
    assert (shown["progress"], shown["credits_charged"]) == ({"requested": requested, "settled": 0}, cost)


async def test_a_new_generation_is_shown_whole(gateway: Gateway):
    accepted = (await gateway.generate()).json()
    shown = (await gateway.get(f"/api/generations/{accepted['generation_id']}")).json()
    created, expires = (datetime.fromisoformat(shown.pop(name)) for name in ("created_at", "expires_at"))
    assert expires - created == timedelta(days=30)
    assert shown == {
        "id": accepted["generation_id"],
        "type": "THUMBNAIL",
        "status": "PENDING",
        "prompt": "sourdough bread",
        "completed_at": None,
        "credits_charged": 4,
        "credits_refunded": 0,
        "failure": None,
        "progress": {"requested": 4, "settled": 0},
        "concepts": [],
        "artifacts": [],
    }


async def test_a_settled_generation_shows_concepts_and_artifacts_in_order(gateway: Gateway, owner: asyncpg.Connection):
    generation = UUID((await gateway.generate(count=3)).json()["generation_id"])
    titles = [await rows.title(owner, generation, text) for text in ("First title", "Second title")]
    failed = await rows.concept(
        owner, generation, 2, status="FAILED", failure_code="refused", failure_detail="A safety system said no."
    )
    second, first = await rows.concept(owner, generation, 1), await rows.concept(owner, generation, 0)
    pictures = [await rows.image(owner, generation, concept) for concept in (second, first)]
    edited = json.dumps(rows.METADATA | {"text_layer": {"text": "NEW"}})
    edit = await rows.image(owner, generation, first, parent_id=pictures[1], edit_digest=b"digest", metadata=edited)
    await rows.settle(owner, generation, refund=1)
    shown = (await gateway.get(f"/api/generations/{generation}")).json()
    assert (shown["status"], shown["credits_charged"], shown["credits_refunded"]) == ("COMPLETED", 3, 1)
    assert shown["progress"] == {"requested": 3, "settled": 3}
    assert [c["id"] for c in shown["concepts"]] == [str(first), str(second), str(failed)]
    assert shown["concepts"][2] == {
        "id": str(failed),
        "position": 2,
        "headline": "IDEA 2",
        "mood": "warm",
        "status": "FAILED",
        "failure": {"code": "refused", "detail": "A safety system said no."},
    }
    assert [a["id"] for a in shown["artifacts"]] == [str(i) for i in (pictures[1], edit, pictures[0], *titles)]
    url = shown["artifacts"][1].pop("url")
    assert url.startswith(f"https://api.example.test/media/{edit}?e=")
    assert shown["artifacts"][1] == {
        "id": str(edit),
        "type": "IMAGE",
        "concept_id": str(first),
        "parent_id": str(pictures[1]),
        "width": 1280,
        "height": 720,
        "bytes": 91_234,
        "headline": "NEW",
    }
    assert shown["artifacts"][3] == {"id": str(titles[0]), "type": "TEXT", "text": "First title"}


async def test_progress_counts_settled_concepts_while_pending(gateway: Gateway, owner: asyncpg.Connection):
    generation = UUID((await gateway.generate(count=3)).json()["generation_id"])
    await rows.picture(owner, generation)
    await rows.concept(owner, generation, 1, status="FAILED", failure_code="x")
    await rows.concept(owner, generation, 2)
    shown = (await gateway.get(f"/api/generations/{generation}")).json()
    assert shown["progress"] == {"requested": 3, "settled": 2}


async def test_a_failed_generation_says_why_and_has_nothing_left_to_wait_for(
    gateway: Gateway, owner: asyncpg.Connection
):
    generation = UUID((await gateway.generate(type="TITLE")).json()["generation_id"])
    await owner.execute("update generations set failure_code = 'deadline', failure_detail = 'It took too long.'")
    await rows.settle(owner, generation, "FAILED", refund=1)
    shown = (await gateway.get(f"/api/generations/{generation}")).json()
    assert shown["failure"] == {"code": "deadline", "detail": "It took too long."}
    assert shown["progress"] == {"requested": 1, "settled": 1}
    assert await gateway.balance() == 20


async def test_another_users_generation_is_not_found(gateway: Gateway):
    generation_id = (await gateway.generate("alice")).json()["generation_id"]
    foreign = await gateway.get(f"/api/generations/{generation_id}", "bob")
    unknown = await gateway.get(f"/api/generations/{uuid7()}", "bob")
    problem(foreign, 404, "not_found")
    assert foreign.content == unknown.content


@pytest.mark.parametrize("malformed", MALFORMED_IDS)
async def test_a_malformed_id_is_not_found(gateway: Gateway, malformed: str):
    problem(await gateway.get(f"/api/generations/{malformed}"), 404, "not_found")


async def test_the_list_is_paged_newest_first_and_shows_ones_own_only(gateway: Gateway):
    ids = [(await gateway.generate(type="TITLE")).json()["generation_id"] for _ in range(5)]
    await gateway.generate("bob", type="TITLE")
    pages: list[list[str]] = []
    cursor: dict[str, Any] = {}
    while not pages or cursor["cursor"]:
        page = (await gateway.get("/api/generations", params={"limit": 2} | cursor)).json()
        pages.append([item["id"] for item in page["items"]])
        cursor = {"cursor": page["next_cursor"]}
    assert pages == [ids[4:2:-1], ids[2:0:-1], ids[:1]]


async def test_a_list_item_is_what_the_generations_own_page_shows(gateway: Gateway):
    generation_id = (await gateway.generate()).json()["generation_id"]
    listed = (await gateway.get("/api/generations")).json()
    assert listed == {"items": [(await gateway.get(f"/api/generations/{generation_id}")).json()], "next_cursor": None}


async def test_a_full_last_page_has_no_next_one(gateway: Gateway):
    for _ in range(2):
        await gateway.generate(type="TITLE")
    assert (await gateway.get("/api/generations?limit=2")).json()["next_cursor"] is None


@pytest.mark.parametrize("limit", ["0", "101", "-1", "many", "1e2", "", "9" * 400])
async def test_a_limit_out_of_range_is_named(gateway: Gateway, limit: str):
    body = problem(await gateway.get("/api/generations", params={"limit": limit}), 422, "invalid_request")
    assert [e["field"] for e in body["errors"]] == ["limit"]


async def test_a_cursor_that_is_not_this_lists_is_named(gateway: Gateway):
    for _ in range(2):
        await gateway.generate(type="TITLE")
    cursor = (await gateway.get("/api/generations?limit=1")).json()["next_cursor"]
    foreign = (await gateway.get("/api/me/credits?limit=1")).json()["next_cursor"]
    flipped = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    for wrong in (flipped, cursor[:-4], cursor + "=", foreign, "", "zzz", "\x00", "ä"):
        answer = await gateway.get("/api/generations", params={"cursor": wrong})
        assert problem(answer, 422, "invalid_request")["errors"][0]["field"] == "cursor", wrong
