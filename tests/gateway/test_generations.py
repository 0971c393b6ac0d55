from __future__ import annotations

import asyncpg

from tests.gateway.conftest import Gateway


async def test_a_generation_is_accepted_charged_and_announced(gateway: Gateway, owner: asyncpg.Connection):
    answer = await gateway.generate(count=3)
    assert answer.status_code == 202, answer.text
    accepted = answer.json()
    assert answer.headers["Location"] == f"/api/generations/{accepted['generation_id']}"
    assert accepted == {"generation_id": accepted["generation_id"], "status": "PENDING", "credits_remaining": 17}
    shown = (await gateway.get(answer.headers["Location"])).json()
    print(shown)
