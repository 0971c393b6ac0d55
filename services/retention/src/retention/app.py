"""Retention: forgets what users deleted, and deletes the objects of whatever is forgotten. Runs of a policy are started
by `vision3 retention run`."""

from __future__ import annotations

from common.service import Service, start
from common.storage import ObjectStore
from retention.deletions import Deletions
from retention.policies import GENERATIONS
from retention.settings import Settings
from retention.sweeper import SWEEP_S, Sweeper


def build(settings: Settings) -> Service:
    service = Service("retention", settings)
    sweeper = Sweeper(service.db, ObjectStore(settings))

    service.every(SWEEP_S, "deletions", Deletions(service.db, GENERATIONS, sweeper).carry_out)
    return service


if __name__ == "__main__":
    start(Settings, build)
