"""What each service is told: its whole configuration is its environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from vision3.servers.ports import HOST

SERVICES = ("gateway", "orchestrator", "imager", "billing", "retention")
STORING = {"gateway", "imager", "retention"}
PASSWORD_SECRETS = {service: f"database_password_{service}" for service in SERVICES}
SECRETS = (*PASSWORD_SECRETS.values(), "media_secret", "lemonsqueezy_webhook_secret", "lemonsqueezy_api_key")
STORE_ID = "4711"


@dataclass(frozen=True, slots=True)
class Wiring:
    """Where everything is in this system. secrets: by the names in SECRETS. lemonsqueezy_url: of the stand-in."""

    database_urls: Mapping[str, str]
    nats_urls: Mapping[str, str]
    gateway_url: str
    issuer: str
    jwks_url: str
    store_url: str
    secrets: Mapping[str, str]
    lemonsqueezy_url: str | None = None


def service_environment(service: str, port: int, wiring: Wiring) -> dict[str, str]:
    """The wiring is ours; everything else is a default that the caller's own environment overrides."""
    defaults = {"LOG_LEVEL": "INFO", **_defaults(service, wiring)}
    chosen = {f"VISION3_{name}": os.environ.get(f"VISION3_{name}", value) for name, value in defaults.items()}
    return (
        chosen
        | _stand_in(service, wiring)
        | {
            "VISION3_DATABASE_URL": wiring.database_urls[service],
            "VISION3_NATS_URL": wiring.nats_urls[service],
            "VISION3_HTTP_HOST": HOST,
            "VISION3_HTTP_PORT": str(port),
            # Everything here is on the loopback, which no proxy of the user's can reach.
            "NO_PROXY": ",".join(filter(None, (os.environ.get("NO_PROXY"), HOST))),
        }
    )


def _defaults(service: str, wiring: Wiring) -> dict[str, str]:
    store = {"STORE_URL": wiring.store_url} if service in STORING else {}
    return store | _own_defaults(service, wiring)


def _own_defaults(service: str, wiring: Wiring) -> dict[str, str]:
    if service == "gateway":
        return {
            "PUBLIC_URL": wiring.gateway_url,
            "CLERK_ISSUER": wiring.issuer,
            "CLERK_JWKS_URL": wiring.jwks_url,
            "CLERK_AUTHORIZED_PARTIES": wiring.gateway_url,
            "MEDIA_SECRET": wiring.secrets["media_secret"],
            "ADDRESS_PER_MINUTE": "1000000",  # everybody here comes from one address
        }
    if service == "billing":
        return {
            "LEMONSQUEEZY_WEBHOOK_SECRET": wiring.secrets["lemonsqueezy_webhook_secret"],
            "LEMONSQUEEZY_TEST_MODE": "true",
            "PLANS": '{"2001": {"tier": "starter", "credits": 200}, "2002": {"tier": "pro", "credits": 1000}}',
            "PACKS": '{"1001": 50}',
            **_stand_ins_store(wiring),
        }
    return {}


def _stand_ins_store(wiring: Wiring) -> dict[str, str]:
    if wiring.lemonsqueezy_url is None:
        return {}
    return {"LEMONSQUEEZY_STORE_ID": STORE_ID, "LEMONSQUEEZY_API_KEY": wiring.secrets["lemonsqueezy_api_key"]}


def _stand_in(service: str, wiring: Wiring) -> dict[str, str]:
    """Nothing that is tried here may reach the vendor."""
    if service != "billing" or wiring.lemonsqueezy_url is None:
        return {}
    return {"VISION3_LEMONSQUEEZY_API_URL": wiring.lemonsqueezy_url}
