"""What is looked at: the system in a folder, or the one that the environment describes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic_settings import BaseSettings

from common.settings import load
from vision3 import state
from vision3.data_dir import DEFAULT, DataDir
from vision3.environment import SECRETS, SERVICES, Wiring, service_environment
from vision3.identity import JWKS_PATH
from vision3.secret_file import load_secrets
from vision3.state import State

S = TypeVar("S", bound=BaseSettings)


@dataclass(frozen=True, slots=True)
class Subject:
    """database_url: as its owner. service_urls: as the services' roles, where they are known.
    wiring: values of settings that the system itself chooses, unless the environment does."""

    database_url: str | None
    nats_url: str | None
    service_urls: Mapping[str, str]
    wiring: Mapping[str, object] = field(default_factory=dict)

    def settings(self, kind: type[S]) -> S:
        """As a service would read them. Raises SettingsError."""
        prefix = kind.model_config["env_prefix"]
        fields = kind.model_fields.keys()
        chosen = {n: v for n, v in self.wiring.items() if n in fields and not os.environ.get(f"{prefix}{n.upper()}")}
        return load(kind, **chosen)


UNUSED = {"database_url": "postgresql://nobody@127.0.0.1:1/none", "nats_url": "nats://127.0.0.1:1", "http_port": 0}
"""The services' own, which are looked at elsewhere."""


def subject(folder: Path | None) -> Subject:
    """Raises CommandError when neither a system runs in the folder nor the environment names a database."""
    named = os.environ.get("VISION3_DATABASE_URL")
    if folder is None and named:
        return Subject(named, os.environ.get("VISION3_NATS_URL") or None, {}, UNUSED)
    data = DataDir.at(folder or DEFAULT)
    running = state.load(data)
    return Subject(running.database_url, running.nats_url, running.service_database_urls, _wired(data, running))


def _wired(data: DataDir, running: State) -> dict[str, object]:
    """What `vision3 up` tells its services."""
    wiring = Wiring(
        database_urls=running.service_database_urls,
        nats_urls=dict.fromkeys(SERVICES, running.nats_url),
        gateway_url=running.gateway_url,
        issuer=running.identity_url,
        jwks_url=f"{running.identity_url}{JWKS_PATH}",
        store_url=data.objects.as_uri(),
        secrets=load_secrets(data.secrets, SECRETS),
        lemonsqueezy_url=running.lemonsqueezy_url,
    )
    told = {name: value for service in SERVICES for name, value in service_environment(service, 0, wiring).items()}
    prefix = "VISION3_"
    return {name.removeprefix(prefix).lower(): value for name, value in told.items() if name.startswith(prefix)}
