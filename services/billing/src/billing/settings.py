"""Billing's environment."""

from __future__ import annotations

from pydantic import Field, Json, SecretStr

from billing.plans import Packs, Shop
from common.settings import ServiceSettings


class Settings(ServiceSettings):
    # The vendor's own limits for the secret. Unset, the endpoint does not exist.
    lemonsqueezy_webhook_secret: SecretStr | None = Field(default=None, min_length=6, max_length=40)
    lemonsqueezy_test_mode: bool = False
    lemonsqueezy_store_id: int | None = Field(default=None, gt=0)
    packs: Json[Packs] = Field(
        default_factory=dict, validate_default=False, description='variant id -> credits, as in {"1001": 50}'
    )

    @property
    def shop(self) -> Shop:
        return Shop(self.packs, self.lemonsqueezy_test_mode, self.lemonsqueezy_store_id)
