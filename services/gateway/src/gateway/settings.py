"""What the gateway reads from its environment."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network
from typing import Annotated

from pydantic import BeforeValidator, Field, HttpUrl, SecretStr, TypeAdapter, field_validator
from pydantic_settings import NoDecode

from common.settings import ServiceSettings
from common.store_settings import StoreSettings
from gateway.svix import check_secret

HTTP_URL = TypeAdapter(HttpUrl)


def _split(value: object) -> object:
    return [item for part in value.split(",") if (item := part.strip())] if isinstance(value, str) else value


CommaList = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]


class Settings(StoreSettings, ServiceSettings):
    public_url: str = Field(description="where clients reach this gateway, without a slash at the end")
    cors_origins: CommaList = ()
    clerk_issuer: str
    clerk_jwks_url: str = Field(default="", description="unset: {issuer}/.well-known/jwks.json")
    clerk_authorized_parties: CommaList = Field(default=(), description="origins that tokens may be for; none: any")
    clerk_webhook_secret: SecretStr | None = Field(default=None, description="unset: there is no such endpoint")
    media_secret: SecretStr = Field(min_length=32)
    max_pending: int = Field(default=5, ge=1)
    user_per_minute: int = Field(default=300, ge=1, description="requests of one user that change something")
    address_per_minute: int = Field(default=6000, ge=1, description="requests from one address to this process")
    streams_per_user: int = Field(default=20, ge=1, description="streams and long polls of one user on this process")
    trusted_proxies: CommaList = Field(default=(), description="CIDRs whose X-Forwarded-For is believed")
    retention_days: int = Field(default=30, ge=1)

    @field_validator("public_url")
    @classmethod
    def _is_http(cls, value: str) -> str:
        HTTP_URL.validate_python(value)
        return value.rstrip("/")

    @field_validator("clerk_webhook_secret")
    @classmethod
    def _is_a_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            check_secret(value.get_secret_value())
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ip_network(network)
        return value

    @property
    def jwks_url(self) -> str:
        return self.clerk_jwks_url or f"{self.clerk_issuer.rstrip('/')}/.well-known/jwks.json"

    @property
    def retention(self) -> timedelta:
        return timedelta(days=self.retention_days)
