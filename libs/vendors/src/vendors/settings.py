"""What every vendor's settings have: where it is, what is asked of it, how often, how long, and what that costs."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MICROCENTS = 1_000_000
"""In a cent."""


def section(name: str) -> SettingsConfigDict:
    """A vendor's part of the environment: VISION3_<name>_…; only its key has the name that the vendor gave it."""
    return SettingsConfigDict(
        env_prefix=f"VISION3_{name}_", frozen=True, extra="ignore", env_ignore_empty=True, populate_by_name=True
    )


class VendorSettings(BaseSettings):
    """Durations in seconds. per_minute: calls of all processes together. price_cents: US cents a call."""

    base_url: str
    model: str
    timeout_s: float = Field(default=90.0, gt=0, le=160)
    first_byte_timeout_s: float = Field(default=90.0, gt=0, le=160)
    connect_timeout_s: float = Field(default=5.0, gt=0, le=30)
    per_minute: int = Field(default=60, ge=1, le=3_000)
    price_cents: Decimal = Field(default=Decimal(0), ge=0, le=1_000)

    @field_validator("base_url")
    @classmethod
    def _is_http(cls, value: str) -> str:
        parts = urlsplit(value)
        odd = "@" in parts.netloc or parts.port == 0 or not value.isprintable()  # .port raises for what is none
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment or odd:
            raise ValueError("must be http://host[:port][/path] or the same with https")
        return value.rstrip("/")

    @field_validator("api_key", check_fields=False)
    @classmethod
    def _can_be_sent(cls, value: SecretStr) -> SecretStr:
        key = value.get_secret_value().strip()
        if not key or not key.isascii() or not key.isprintable():
            raise ValueError("must be the key alone, as the vendor shows it: no quotation marks, no line breaks")
        return SecretStr(key)

    @property
    def price_microcents(self) -> int:
        return int(self.price_cents * MICROCENTS)
