"""What the services that store read from their environment besides: where the objects are, and the keys to them."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings

from common.settings import CONFIG

SCHEMES = {"http", "https"}


class StoreSettings(BaseSettings):
    """Mixed into a service's settings. Alone it is what a command needs to reach the store."""

    model_config = CONFIG

    store_url: str = Field(description="file:///an/absolute/path, or s3://bucket[/prefix]")
    store_endpoint: str = Field(default="", description="where the services reach an S3-compatible store; unset: AWS")
    store_public_endpoint: str = Field(default="", description="where browsers reach it; unset: at the endpoint")
    store_region: str = "us-east-1"
    store_access_key: str = Field(default="", repr=False, validate_default=True)
    store_secret_key: SecretStr = Field(default=SecretStr(""), validate_default=True)

    @field_validator("store_url")
    @classmethod
    def _is_a_folder_or_a_bucket(cls, value: str) -> str:
        parts = urlsplit(value)
        folder = parts.scheme == "file" and not parts.netloc and parts.path.startswith("/")
        bucket = parts.scheme == "s3" and parts.netloc and parts.netloc == parts.hostname
        if parts.query or parts.fragment or not (folder or bucket):
            raise ValueError("must be file:///an/absolute/path or s3://bucket[/prefix]")
        return value

    @field_validator("store_endpoint", "store_public_endpoint")
    @classmethod
    def _is_http(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in SCHEMES or not parts.hostname or parts.username or parts.query):
            raise ValueError("must be http://host[:port][/path] or the same with https")
        return value.rstrip("/")

    @field_validator("store_access_key", "store_secret_key")
    @classmethod
    def _is_there_for_a_bucket(cls, value: str | SecretStr, info: ValidationInfo) -> str | SecretStr:
        if not value and urlsplit(info.data.get("store_url", "")).scheme == "s3":
            raise ValueError("must be set for a store at s3://")
        return value
