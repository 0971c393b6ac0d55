"""Deeds that a role must not be able to do, each tried as that role on real rows. Postgres refuses all of them."""

from __future__ import annotations

import pytest

from tests.catalog.expected import BROWSERS, SERVICES
from tests.catalog.roles import connected_as, refusal
from tests.catalog.world import ALICE, ALICES_GENERATION, BOB, BOBS_GENERATION, BOBS_PICTURE, NEW
from tests.support.servers import TestDatabase

OTHERS = {
    "gateway": {
        "change a tier": f"update vision3.users set subscription_tier = 'pro' where id = '{ALICE}'",
        "make a user": f"insert into vision3.users (id, credits_remaining) values ('{NEW}', 1000)",
        "grant credits": f"select vision3.grant_credits('{NEW}', '{ALICE}', 100, 'pack', 'invoice:1', null)",
        "refund": f"select vision3.refund('{NEW}', '{ALICES_GENERATION}', 4, null)",
        "raise the signup gift": "update vision3.credit_policies set amount = 1000",
        "generate in another's name": f"""insert into vision3.generations
            (id, user_id, type, user_prompt, requested_count, credits_charged)
            values ('{NEW}', '{BOB}', 'TITLE', 'a prompt', 1, 1)""",
        "generate in nobody's name": f"""insert into vision3.generations
            (id, type, user_prompt, requested_count, credits_charged) values ('{NEW}', 'TITLE', 'a prompt', 1, 1)""",
        "store a generation that is over": f"""insert into vision3.generations
            (id, user_id, type, status, user_prompt, requested_count, credits_charged)
            values ('{NEW}', '{ALICE}', 'TITLE', 'COMPLETED', 'a prompt', 1, 1)""",
        "end a generation": f"update vision3.generations set status = 'FAILED' where id = '{ALICES_GENERATION}'",
        "take another's idempotency key": f"""insert into vision3.idempotency_keys
            (user_id, key, request_digest, generation_id) values ('{BOB}', 'key', 'digest', '{BOBS_GENERATION}')""",
        "move an idempotency key": f"update vision3.idempotency_keys set user_id = '{BOB}'",
        "learn who was erased": "select * from vision3.erased_identities",
        "forget who was erased": "delete from vision3.erased_identities",
        "read payments": "select * from vision3.webhook_events",
        "read purchases": "select * from vision3.purchases",
        "take credits back": f"select vision3.take_back('{NEW}', 'invoice:{ALICE}', 1, 1)",
        "make an artifact": f"""insert into vision3.artifacts (id, generation_id, type)
            values ('{NEW}', '{ALICES_GENERATION}', 'TEXT')""",
    },
    "orchestrator": {
        "read people": "select * from vision3.users",
        "grant credits": f"select vision3.grant_credits('{NEW}', '{ALICE}', 100, 'pack', 'invoice:1', null)",
        "charge": f"select vision3.charge('{NEW}', '{NEW}', 1)",
        "raise what was charged": "update vision3.generations set credits_charged = 1000",
        "hand a generation to somebody else": f"update vision3.generations set user_id = '{ALICE}'",
        "rewrite a prompt": "update vision3.generations set user_prompt = 'another'",
        "delete a generation": "delete from vision3.generations",
    },
    "imager": {
        "read people": "select * from vision3.users",
        "read prompts": "select user_prompt from vision3.generations",
        "read whose a generation is": "select user_id from vision3.generations",
        "read whole generations": "select * from vision3.generations",
        "read the ledger": "select * from vision3.credit_entries",
        "end a generation": "update vision3.generations set status = 'COMPLETED'",
        "refund": f"select vision3.refund('{NEW}', '{ALICES_GENERATION}', 4, null)",
        "rewrite a headline": "update vision3.concepts set headline = 'another'",
        "overwrite a picture": f"update vision3.artifacts set content = 'mine' where id = '{BOBS_PICTURE}'",
        "delete a picture": f"delete from vision3.artifacts where id = '{BOBS_PICTURE}'",
    },
    "billing": {
        "read addresses": "select email from vision3.users",
        "read Clerk's ids": "select clerk_id from vision3.users",
        "charge": f"select vision3.charge('{NEW}', '{NEW}', 1)",
        "refund": f"select vision3.refund('{NEW}', '{ALICES_GENERATION}', 4, null)",
        "make a user": f"select vision3.provision_user('{NEW}', '{NEW}', 'clerk-new')",
        "read prompts": "select user_prompt from vision3.generations",
        "forget a refund": "update vision3.purchases set refunded_cents = null",
        "forget a shortfall": "update vision3.purchases set credits_short = 0",
        "forget a purchase": "delete from vision3.purchases",
        "forget a payment": "delete from vision3.webhook_events",
        "store Clerk's events": f"""insert into vision3.webhook_events (id, source, event_name, body_digest)
            values ('{NEW}', 'clerk', 'user.deleted', 'digest')""",
    },
    "retention": {
        "grant credits": f"select vision3.grant_credits('{NEW}', '{ALICE}', 100, 'pack', 'invoice:1', null)",
        "refund": f"select vision3.refund('{NEW}', '{ALICES_GENERATION}', 4, null)",
        "change what was charged": "update vision3.generations set credits_charged = 1",
        "end a generation": "update vision3.generations set status = 'COMPLETED'",
        "delete a generation": "delete from vision3.generations",
        "read the ledger": "select * from vision3.credit_entries",
    },
}

TO_THE_LEDGER = {
    "change the ledger": "update vision3.credit_entries set amount = 1000",
    "shorten the ledger": "delete from vision3.credit_entries",
    "empty the ledger": "truncate vision3.credit_entries",
    "write to the ledger": f"""insert into vision3.credit_entries (id, user_id, amount, kind, reference, balance_after)
        values ('{NEW}', '{ALICE}', 100, 'adjustment', 'mine', 116)""",
    "append to the ledger": f"select vision3.append_entry('{NEW}', '{ALICE}', 100, 'pack', 'mine', null, null)",
    "set a balance": "update vision3.users set credits_remaining = 1000",
}

ANY_SERVICE = {
    **TO_THE_LEDGER,
    "send an event in another's name": f"""insert into vision3.outbox (id, source, type, payload)
        values ('{NEW}', 'vision3_owner', 'credits.changed.v1', '')""",
    "make a table": "create table vision3.mine (id int)",
    "make a function": "create function vision3.mine() returns int language sql as 'select 1'",
    "make a schema": "create schema mine",
    "make a table in public": "create table public.mine (id int)",
    "become the owner": "set role vision3_owner",
    "become a browser": "set role authenticated",
    "become one who reads everything": "set role pg_read_all_data",
    "switch row security off": "set row_security = off; select * from vision3.outbox",
    "drop a policy": "drop policy own_events on vision3.outbox",
    "let everybody in": "alter table vision3.outbox disable row level security",
    "read what was migrated": "select * from vision3_migrations.applied",
    "rewrite a function": """create or replace function vision3.hold_generation(p_generation uuid) returns boolean
        language sql as 'select true'""",
}

ANY_BROWSER = {
    **TO_THE_LEDGER,
    "provision": f"select vision3.provision_user('{NEW}', '{NEW}', 'clerk-new')",
    "charge": f"select vision3.charge('{NEW}', '{NEW}', 1)",
    "grant credits": f"select vision3.grant_credits('{NEW}', '{ALICE}', 100, 'pack', 'invoice:1', null)",
    "refund": f"select vision3.refund('{NEW}', '{ALICES_GENERATION}', 4, null)",
    "generate": f"""insert into vision3.generations (id, user_id, type, user_prompt, requested_count, credits_charged)
        values ('{NEW}', '{ALICE}', 'TITLE', 'a prompt', 1, 1)""",
    "read the outbox": "select * from vision3.outbox",
    "send an event": f"insert into vision3.outbox (id, type, payload) values ('{NEW}', 'credits.changed.v1', '')",
    "make a table": "create table vision3.mine (id int)",
}

DEEDS = [
    *((role, deed, sql) for role, deeds in OTHERS.items() for deed, sql in deeds.items()),
    *((role, deed, sql) for role in SERVICES for deed, sql in ANY_SERVICE.items()),
    *((role, deed, sql) for role in BROWSERS for deed, sql in ANY_BROWSER.items()),
]


@pytest.mark.parametrize(("role", "statement"), [pytest.param(r, s, id=f"{r}: {d}") for r, d, s in DEEDS])
async def test_this_role_may_not(world: TestDatabase, postgres_url: str, role: str, statement: str):
    async with connected_as(role, world, postgres_url, user=ALICE) as connection:
        assert await refusal(connection, statement) is not None
