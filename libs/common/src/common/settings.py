"""What every service reads from its environment. A service's settings.py adds its own, and nobody else's."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import Field, PostgresDsn, TypeAdapter, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from common.errors import Vision3Error


class SettingsError(Vision3Error):
    """A setting is missing or wrong; the sentence names the environment variable."""


CONFIG = SettingsConfigDict(env_prefix="VISION3_", frozen=True, extra="ignore", env_ignore_empty=True)


class ServiceSettings(BaseSettings):
    model_config = CONFIG

    database_url: str = Field(description="this service's own role: postgresql://vision3_<service>:…@host/db")
    nats_url: str
    http_host: str = "127.0.0.1"
    http_port: int = Field(ge=0, le=65535)
    log_level: str = "INFO"
    otlp_endpoint: str | None = None
    # A pooler in transaction mode (Supabase's on port 6543) can't keep prepared statements: set 0 there.
    statement_cache_size: int = Field(default=100, ge=0)

    @field_validator("database_url")
    @classmethod
    def _is_postgres(cls, value: str) -> str:
        TypeAdapter(PostgresDsn).validate_python(value)
        return value

    @field_validator("log_level")
    @classmethod
    def _is_level(cls, value: str) -> str:
        if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
        return value.upper()


S = TypeVar("S", bound=BaseSettings)


def load(settings: type[S], **given: Any) -> S:
    """The settings from the environment, but for those given. Raises SettingsError with one line per variable; values
    are not shown."""
    try:
        return settings(**given)
    except ValidationError as error:
        lines = [": ".join(filter(None, (_variable(settings, *map(str, e["loc"])), e["msg"]))) for e in error.errors()]
        raise SettingsError("\n".join(lines)) from None


def variables(settings: type[BaseSettings]) -> list[str]:
    """The names of all that it reads."""
    return [str(field.validation_alias or _variable(settings, name)) for name, field in settings.model_fields.items()]


def _variable(settings: type[BaseSettings], *loc: str) -> str:
    """A field's by its prefix; one of another name (a vendor's own, such as GEMINI_API_KEY) is told by that name."""
    prefix = settings.model_config["env_prefix"] if loc and loc[0] in settings.model_fields else ""
    return f"{prefix}{'_'.join(loc)}".upper()
