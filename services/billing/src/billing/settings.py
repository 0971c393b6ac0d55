"""Billing's environment."""

from __future__ import annotations

from datetime import timedelta

from pydantic import AnyHttpUrl, Field, Json, SecretStr, ValidationInfo, field_validator

from billing.lemonsqueezy_api import BASE_URL
from billing.plans import Packs, Plans, Shop
from common.settings import ServiceSettings


class Settings(ServiceSettings):
    # The vendor's own limits for the secret. Unset, the endpoint does not exist.
    lemonsqueezy_webhook_secret: SecretStr | None = Field(default=None, min_length=6, max_length=40)
    lemonsqueezy_test_mode: bool = False
    lemonsqueezy_store_id: int | None = Field(default=None, gt=0)
    # Unset, nothing can be bought here. A key may see several stores: it needs to be said which one sells.
    lemonsqueezy_api_key: SecretStr | None = Field(default=None, min_length=1)
    lemonsqueezy_api_url: AnyHttpUrl = AnyHttpUrl(BASE_URL)
    reconcile_minutes: int = Field(default=60, ge=5, le=10_080)
    reconcile_days: int = Field(default=90, ge=1, le=36_500)
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

    @field_validator("lemonsqueezy_api_key")
    @classmethod
    def _knows_its_store(cls, key: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if key is not None and info.data.get("lemonsqueezy_store_id") is None:
            raise ValueError("needs VISION3_LEMONSQUEEZY_STORE_ID beside it")
        return key

    @property
    def shop(self) -> Shop:
        return Shop(
            packs=self.packs,
            plans=self.plans,
            test_mode=self.lemonsqueezy_test_mode,
            store_id=self.lemonsqueezy_store_id,
            grace=timedelta(days=self.payment_grace_days),
        )
