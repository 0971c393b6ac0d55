"""Retention: forgets what users deleted and users who left, and deletes the objects of what is forgotten.

What is old is forgotten by policies, on a schedule, or by `vision3 retention run`.
"""

from __future__ import annotations

import asyncio
from functools import partial
from zoneinfo import ZoneInfo

from common.db import Unavailable
from common.events import UserDeleted
from common.service import Service, start
from common.storage import ObjectStore
from retention.checks import UnknownColumns, check
from retention.deletions import Deletions
from retention.erasures import SWEEP_S as ERASE_S
from retention.erasures import Erasures
from retention.handlers import Handlers
from retention.policies import POLICIES
from retention.schedule import LOOK_S, Schedule
from retention.settings import Settings
from retention.sweeper import SWEEP_S, Sweeper

FETCH_S = 10.0
"""An erasure takes minutes, and the sweep finds whoever no event told of."""


def build(settings: Settings) -> Service:
    service = Service("retention", settings)
    store = ObjectStore(settings)
    service.depends_on("store", store.problem)
    deletions = Deletions(service.db, Sweeper(service.db, store))
    erasures = Erasures(service.db, deletions)

    service.bus.consume(UserDeleted, Handlers(erasures).user_deleted, slots=1, fetch_s=FETCH_S)
    service.every(SWEEP_S, "deletions", deletions.carry_out)
    service.every(ERASE_S, "erasures", erasures.carry_out)
    service.every(LOOK_S, "schedule", _schedule(service, settings, store).look)
    service.background("policies", partial(_check, service))
    return service


def _schedule(service: Service, settings: Settings, store: ObjectStore) -> Schedule:
    zone = ZoneInfo(settings.retention_time_zone)
    return Schedule(service.db, store, settings.retention_schedule, zone, settings.ages)


async def _check(service: Service) -> None:
    """Once Postgres can be asked; a policy that can't be carried out ends the process."""
    while True:
        try:
            await check(service.db, POLICIES)
        except Unavailable:
            await asyncio.sleep(LOOK_S)
        except UnknownColumns as error:
            service.abort(str(error))
        else:
            return


if __name__ == "__main__":
    start(Settings, build)
