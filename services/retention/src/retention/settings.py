"""Retention's environment."""

from __future__ import annotations

from pydantic import Field

from common.settings import ServiceSettings
from common.store_settings import StoreSettings
from retention.policies import GENERATIONS


class Settings(StoreSettings, ServiceSettings):
    # Up to a century: beyond it dates come to an end.
    retention_days: int = Field(default=GENERATIONS.days, ge=1, le=36_500)
