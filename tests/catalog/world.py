"""Two users with everything of their own, for roles to try their hands at."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from tests.catalog.expected import SERVICES


def numbered(number: int) -> UUID:
    return UUID(f"01990000-0000-7000-8000-{number:012}")


ALICE, BOB = numbered(1), numbered(2)
ALICES_GENERATION, BOBS_GENERATION = numbered(11), numbered(12)
ALICES_CONCEPT, BOBS_CONCEPT = numbered(21), numbered(22)
ALICES_PICTURE, BOBS_PICTURE = numbered(31), numbered(32)
NEW = numbered(99)

OWN = """
insert into users (id, clerk_id, email, credits_remaining) values ($1, 'clerk-' || $1, 'person@example.org', 16);
insert into credit_entries (id, user_id, amount, kind, reference, balance_after)
  values (gen_random_uuid(), $1, 20, 'signup', 'signup:' || $1, 20);
insert into generations (id, user_id, type, user_prompt, requested_count, credits_charged)
  values ($2, $1, 'THUMBNAIL', 'a video about making sourdough bread', 4, 4);
insert into credit_entries (id, user_id, amount, kind, reference, generation_id, balance_after)
  values (gen_random_uuid(), $1, -4, 'charge', 'charge:' || $2, $2, 16);
insert into concepts (id, generation_id, position, headline, description, mood, palette, layout)
  values ($3, $2, 0, 'FRESH BREAD', 'a loaf', 'warm', '{#aa5500}', 'left');
insert into artifacts (id, generation_id, concept_id, type, content) values ($4, $2, $3, 'IMAGE', 'pictures/' || $4);
insert into subscriptions (id, user_id, tier, status, vendor_updated_at)
  values ('subscription-' || $1, $1, 'starter', 'active', now());
insert into purchases (reference, subscription_id, paid_at) values ('invoice:' || $1, 'subscription-' || $1, now());
insert into idempotency_keys (user_id, key, request_digest, generation_id) values ($1, 'key-' || $1, 'digest', $2);
"""

SHARED = """
insert into webhook_events (id, source, event_name, body, body_digest)
  values (gen_random_uuid(), 'lemonsqueezy', 'order_created', 'sold', 'sold'),
         (gen_random_uuid(), 'clerk', 'user.updated', 'person', 'person');
insert into objects_to_delete (key) values ('pictures/old');
insert into leases (name, holder, until) values ('recovery', gen_random_uuid(), now() + interval '1 minute');
insert into erased_identities (clerk_id_digest) values (sha256('clerk-erased'));
"""

EVENT = "insert into outbox (id, source, type, payload) values (gen_random_uuid(), $1, 'credits.changed.v1', '')"


async def populate(owner: asyncpg.Connection) -> None:
    """One of everything for Alice and for Bob, and one event of each service."""
    await _own(owner, ALICE, ALICES_GENERATION, ALICES_CONCEPT, ALICES_PICTURE)
    await _own(owner, BOB, BOBS_GENERATION, BOBS_CONCEPT, BOBS_PICTURE)
    await owner.execute(SHARED)
    for service in SERVICES:
        await owner.execute(EVENT, f"vision3_{service}")


async def _own(owner: asyncpg.Connection, *ids: UUID) -> None:
    """Whole statements, since several in one call take no arguments."""
    text = OWN
    for number, value in enumerate(ids, start=1):
        text = text.replace(f"${number}", f"'{value}'::uuid")
    await owner.execute(text)
