"""Retention's environment."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from pydantic import Field, field_validator

from common.settings import ServiceSettings
from common.store_settings import StoreSettings
from retention.policies import GENERATIONS, POLICIES, Policy


class Settings(StoreSettings, ServiceSettings):
    # Up to a century: beyond it dates come to an end.
    retention_days: int = Field(default=GENERATIONS.days, ge=1, le=36_500)
    retention_schedule: str = Field(default="0 3 * * 0", description="a cron expression: Sundays at three")
    retention_time_zone: str = "UTC"

    @field_validator("retention_schedule")
    @classmethod
    def _comes_again(cls, expression: str) -> str:
        try:
            next(CronSim(expression, datetime.now(UTC)))
        except (CronSimError, StopIteration):
            raise ValueError("must be a cron expression that comes again, as in 0 3 * * 0") from None
        return expression

    @field_validator("retention_time_zone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("must be a time zone of the IANA database, as in Europe/Berlin") from None
        return name

    @property
    def ages(self) -> dict[Policy, int]:
        """Days by policy."""
        return {policy: policy.days for policy in POLICIES} | {GENERATIONS: self.retention_days}
