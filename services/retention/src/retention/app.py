"""Retention: deletes the objects that anonymized generations left. Runs are started by `vision3 retention run`."""

from __future__ import annotations

from common.service import Service, start
from common.storage import ObjectStore
from retention.settings import Settings
from retention.sweeper import SWEEP_S, Sweeper


def build(settings: Settings) -> Service:
    service = Service("retention", settings)
    sweeper = Sweeper(service.db, ObjectStore(settings.store_url))

    service.every(SWEEP_S, "sweep", sweeper.sweep)
    return service


if __name__ == "__main__":
    start(Settings, build)
