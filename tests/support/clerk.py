"""What Clerk sends: complete payloads with its fields, signed as Svix signs them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

SECRET = "whsec_" + base64.b64encode(b"a secret of the tests...").decode()
EMAIL = "alice@example.com"
CREATED_AT = 1_767_225_600_000
INSTANCE = "ins_2g7np7Hrk0SN6kj5EDMLDaKNL0S"


def to_bytes(event: object) -> bytes:
    return json.dumps(event, separators=(",", ":")).encode()


def signature(body: bytes, message_id: str, timestamp: str, secret: str = SECRET) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join([message_id.encode(), timestamp.encode(), body])
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(
    body: bytes,
    *,
    secret: str = SECRET,
    message_id: str = "msg_p5jXN8AQM9LWM0D4loKWxJek",
    timestamp: object = None,
) -> dict[str, str]:
    """`timestamp` None: now."""
    at = str(int(time.time()) if timestamp is None else timestamp)
    return {
        "Content-Type": "application/json",
        "User-Agent": "Svix-Webhooks/1.62.0 (sender-9YMgn; +https://www.svix.com/http-sender/)",
        "svix-id": message_id,
        "svix-timestamp": at,
        "svix-signature": signature(body, message_id, at, secret),
    }


def event(name: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "data": data,
        "event_attributes": {"http_request": {"client_ip": "192.0.2.7", "user_agent": "Mozilla/5.0"}},
        "instance_id": INSTANCE,
        "object": "event",
        "timestamp": CREATED_AT,
        "type": name,
    }


def user_created(user: str = "alice", **changes: Any) -> dict[str, Any]:
    return event("user.created", person(user, **changes))


def user_updated(user: str = "alice", email: str | None = EMAIL, *, second: int = 1, **changes: Any) -> dict[str, Any]:
    """The person's state so many seconds after they signed up."""
    return event("user.updated", person(user, email, updated_at=CREATED_AT + second * 1000, **changes))


def user_deleted(user: str = "alice") -> dict[str, Any]:
    return event("user.deleted", {"deleted": True, "id": f"user_{user}", "object": "user"})


def person(user: str = "alice", email: str | None = EMAIL, **changes: Any) -> dict[str, Any]:
    """`email` None: who signed up with a telephone."""
    addresses = [_address("idn_old", "old@example.com"), _address("idn_primary", email)] if email else []
    return {
        "backup_code_enabled": False,
        "banned": False,
        "birthday": "",
        "create_organization_enabled": True,
        "created_at": CREATED_AT,
        "delete_self_enabled": True,
        "email_addresses": addresses,
        "external_accounts": [],
        "external_id": None,
        "first_name": "Alice",
        "gender": "",
        "has_image": False,
        "id": f"user_{user}",
        "image_url": "https://img.clerk.com/xxxxxx",
        "last_active_at": CREATED_AT,
        "last_name": "Baker",
        "last_sign_in_at": None,
        "locked": False,
        "lockout_expires_in_seconds": None,
        "mfa_disabled_at": None,
        "mfa_enabled_at": None,
        "object": "user",
        "passkeys": [],
        "password_enabled": True,
        "phone_numbers": [],
        "primary_email_address_id": "idn_primary" if email else None,
        "primary_phone_number_id": None,
        "primary_web3_wallet_id": None,
        "private_metadata": {},
        "profile_image_url": "https://www.gravatar.com/avatar?d=mp",
        "public_metadata": {},
        "saml_accounts": [],
        "totp_enabled": False,
        "two_factor_enabled": False,
        "unsafe_metadata": {},
        "updated_at": CREATED_AT,
        "username": None,
        "verification_attempts_remaining": 100,
        "web3_wallets": [],
    } | changes


def _address(address_id: str, email: str) -> dict[str, Any]:
    return {
        "created_at": CREATED_AT,
        "email_address": email,
        "id": address_id,
        "linked_to": [],
        "matches_sso_connection": False,
        "object": "email_address",
        "reserved": False,
        "updated_at": CREATED_AT,
        "verification": {"attempts": None, "expire_at": None, "status": "verified", "strategy": "ticket"},
    }
