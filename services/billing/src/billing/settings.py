"""Billing's environment."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field, Json, SecretStr, ValidationInfo, field_validator

from billing.plans import Packs, Plans, Shop
from common.settings import ServiceSettings


class Settings(ServiceSettings):
    # The vendor's own limits for the secret. Unset, the endpoint does not exist.
    lemonsqueezy_webhook_secret: SecretStr | None = Field(default=None, min_length=6, max_length=40)
    lemonsqueezy_test_mode: bool = False
    lemonsqueezy_store_id: int | None = Field(default=None, gt=0)
    packs: Json[Packs] = Field(
        default_factory=dict, validate_default=False, description='variant id -> credits, as in {"1001": 50}'
    )
    plans: Json[Plans] = Field(
        default_factory=dict,
        validate_default=False,
        description='variant id -> tier and credits, as in {"2001": {"tier": "starter", "credits": 200}}',
    )
    payment_grace_days: int = Field(default=7, ge=0, le=60)

    @field_validator("plans")
    @classmethod
    def _is_no_pack(cls, plans: Plans, info: ValidationInfo) -> Plans:
        both = sorted(plans.keys() & info.data.get("packs", {}).keys())
        if both:
            raise ValueError(f"in VISION3_PACKS too: {', '.join(map(str, both))}")
        return plans

    @property
    def shop(self) -> Shop:
        return Shop(
            packs=self.packs,
            plans=self.plans,
            test_mode=self.lemonsqueezy_test_mode,
            store_id=self.lemonsqueezy_store_id,
            grace=timedelta(days=self.payment_grace_days),
        )
