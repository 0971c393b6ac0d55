"""Retention's decision: what a generation loses, all of it at once; and what other rows do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from common.db import Tx
from retention import queries
from retention.policies import GENERATIONS, Forget, Policy
from retention.queries import Amount


async def forget_batch(tx: Tx, policy: Policy, run_id: UUID, cutoff: datetime, limit: int) -> Amount:
    """Up to `limit` rows. Nothing of it is done twice, and none is half done: it is one transaction."""
    await queries.take_turn(tx)
    if policy.objects:
        amount = await _anonymize(tx, policy, await queries.lock_due(tx, cutoff, limit))
    else:
        amount = Amount(await queries.forget_rows(tx, policy, cutoff, limit))
    await queries.add_to_run(tx, run_id, amount)
    return amount


async def anonymize_deleted(tx: Tx, limit: int) -> Amount:
    """Up to `limit` generations that their users deleted lose the same, whatever their age."""
    await queries.take_turn(tx)
    return await _anonymize(tx, GENERATIONS, await queries.lock_deleted(tx, limit))


async def erase(tx: Tx, user_id: UUID) -> bool:
    """Whether nothing personal is left; False, too, when that was so before."""
    await queries.take_turn(tx)
    return await queries.erase_user(tx, user_id)


async def _anonymize(tx: Tx, policy: Policy, ids: Sequence[UUID]) -> Amount:
    """Of generations that are locked."""
    # Later statements than the lock: they see the edits that committed right before it was taken.
    amount = Amount(len(ids), await queries.condemn_objects(tx, ids))
    await queries.mark_anonymized(tx, ids)
    for forget in policy.forgets:
        await _forget(tx, forget, ids)
    return amount


async def _forget(tx: Tx, forget: Forget, generation_ids: Sequence[UUID]) -> None:
    match forget.how:
        case "null":
            await queries.empty(tx, forget.table, forget.columns, generation_ids)
        case "redact":
            await queries.keep_metadata(tx, generation_ids, forget.keeps)
        case "delete":
            await queries.forget_idempotency_keys(tx, generation_ids)
        case "unlink":
            await queries.unlink_entries(tx, generation_ids)


async def count(tx: Tx, policy: Policy, cutoff: datetime) -> Amount:
    """What a run would take in all, to the row."""
    return await (queries.due(tx, cutoff) if policy.objects else queries.due_rows(tx, policy, cutoff))
