"""What stands right at the edge of what is accepted."""

from __future__ import annotations

import json

import asyncpg
import pytest

from tests.gateway.conftest import Gateway

PROMPTS = {
    "one letter": "a",
    "2000 letters": "x" * 2000,
    "2000 letters between blanks": "  " + "x" * 2000 + "\n",
    "2000 letters outside of the basic plane": "🍞" * 2000,
    "lines and tabs": "bread\n\tand butter",
    "joined emoji": "👩\u200d🍳",
    "right to left": "خبز العجين المخمر",
    "quotes and markup": """'; drop table users; -- <b>"bread"</b> \\""",
}


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS)
async def test_a_prompt_is_kept_as_written_but_trimmed(gateway: Gateway, owner: asyncpg.Connection, prompt: str):
    answer = await gateway.generate(prompt=prompt)
    assert answer.status_code == 202, answer.text
    shown = (await gateway.get(answer.headers["Location"])).json()
    assert shown["prompt"] == prompt.strip() == await owner.fetchval("select user_prompt from generations")


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/x+json"])
async def test_json_may_be_declared_in_other_words(gateway: Gateway, content_type: str):
    answer = await gateway.post(
        "/api/generations",
        content=json.dumps({"prompt": "bread", "type": "TITLE"}),
        headers={"Content-Type": content_type},
    )
    assert answer.status_code == 202
