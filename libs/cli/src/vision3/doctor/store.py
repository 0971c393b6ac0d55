"""The object store: whether it can be read, written and deleted from."""

from __future__ import annotations

from collections.abc import AsyncIterator

from common.ids import uuid7
from common.settings import SettingsError
from common.storage import REMEDIES, UNREACHABLE, ObjectStore, StoreAway
from common.store_settings import StoreSettings
from vision3.doctor.findings import Finding, ok, wrong
from vision3.doctor.subject import Subject


async def check(subject: Subject) -> AsyncIterator[Finding]:
    try:
        settings = subject.settings(StoreSettings)
        store = ObjectStore(settings)
    except (SettingsError, OSError) as error:
        for line in str(error).splitlines():
            yield wrong("store", line)
        return
    problem = await store.problem()
    if problem is not None:
        yield wrong("store", problem)
        return
    yield await _written(store, settings.store_url)


async def _written(store: ObjectStore, url: str) -> Finding:
    key = f"readiness/{uuid7()}"
    try:
        await store.put(key, b"written by vision3 doctor")
        await store.delete(key)
    except StoreAway as away:
        return wrong("store", f"can't be written to ({away.reason}): {REMEDIES.get(away.reason, UNREACHABLE)}")
    return ok("store", f"{url} can be read and written")
