"""Retention's decision: what a generation loses, all of it at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from common.db import Tx
from retention import queries
from retention.policies import Policy
from retention.queries import Amount


async def anonymize_batch(tx: Tx, policy: Policy, run_id: UUID, cutoff: datetime, limit: int) -> Amount:
    """Up to `limit` generations. Nothing of it is done twice, and none is half done: it is one transaction."""
    amount = await _anonymize(tx, policy, await queries.lock_due(tx, cutoff, limit))
    await queries.add_to_run(tx, run_id, amount)
    return amount


async def anonymize_deleted(tx: Tx, policy: Policy, limit: int) -> Amount:
    """Up to `limit` generations that their users deleted lose the same, whatever their age."""
    return await _anonymize(tx, policy, await queries.lock_deleted(tx, limit))


async def _anonymize(tx: Tx, policy: Policy, ids: Sequence[UUID]) -> Amount:
    """Of generations that are locked."""
    # Later statements than the lock: they see the edits that committed right before it was taken.
    amount = Amount(len(ids), await queries.condemn_objects(tx, ids))
    await queries.keep_metadata(tx, ids, policy.metadata_kept)
    await queries.forget_idempotency_keys(tx, ids)
    for table, columns in policy.emptied.items():
        await queries.empty(tx, table, columns, ids)
    await queries.mark_anonymized(tx, ids)
    await queries.unlink_entries(tx, ids)
    return amount


async def count(tx: Tx, run_id: UUID, cutoff: datetime) -> Amount:
    """What `anonymize_batch` would take in all, written to the run; nothing else changes."""
    amount = await queries.due(tx, cutoff)
    await queries.add_to_run(tx, run_id, amount)
    return amount
