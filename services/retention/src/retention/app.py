"""Retention: forgets what users deleted and users who left, and deletes the objects of what is forgotten.

Runs of a policy are started by `vision3 retention run`.
"""

from __future__ import annotations

from common.events import UserDeleted
from common.service import Service, start
from common.storage import ObjectStore
from retention.deletions import Deletions
from retention.erasures import SWEEP_S as ERASE_S
from retention.erasures import Erasures
from retention.handlers import Handlers
from retention.policies import GENERATIONS
from retention.settings import Settings
from retention.sweeper import SWEEP_S, Sweeper


def build(settings: Settings) -> Service:
    service = Service("retention", settings)
    sweeper = Sweeper(service.db, ObjectStore(settings))
    deletions = Deletions(service.db, GENERATIONS, sweeper)
    erasures = Erasures(service.db, deletions)

    service.bus.consume(UserDeleted, Handlers(erasures).user_deleted, slots=1)
    service.every(SWEEP_S, "deletions", deletions.carry_out)
    service.every(ERASE_S, "erasures", erasures.carry_out)
    return service


if __name__ == "__main__":
    start(Settings, build)
