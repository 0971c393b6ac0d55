"""Session tokens as Clerk makes them, under keys made here."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

ISSUER = "https://clerk.example.test"
PARTY = "https://app.example.test"


@dataclass(frozen=True)
class Key:
    """One signing key of an issuer."""

    kid: str
    private: rsa.RSAPrivateKey

    @property
    def jwk(self) -> dict[str, Any]:
        public = json.loads(RSAAlgorithm.to_jwk(self.private.public_key()))
        return {**public, "kid": self.kid, "alg": "RS256", "use": "sig"}

    def token(self, user: str, *, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """A token of 60 s; a claim or header given as None is left out."""
        wanted = {k: v for k, v in (session_claims(user) | claims).items() if v is not None}
        return self.sign(json.dumps(wanted).encode(), header)

    def sign(self, payload: bytes, header: dict[str, Any] | None = None) -> str:
        """Any payload, also one that no issuer would sign."""
        headers = {k: v for k, v in ({"kid": self.kid} | (header or {})).items() if v is not None}
        return jwt.PyJWS().encode(payload, self.private, algorithm="RS256", headers=headers)


@cache
def key(kid: str = "ins_first") -> Key:
    """Equal ids are equal keys: making one takes a tenth of a second."""
    return Key(kid, rsa.generate_private_key(public_exponent=65537, key_size=2048))


def jwks(*keys: Key) -> dict[str, Any]:
    return {"keys": [k.jwk for k in keys]}


def session_claims(user: str) -> dict[str, Any]:
    now = int(time.time())
    return {
        "azp": PARTY,
        "exp": now + 60,
        "fva": [0, -1],
        "iat": now,
        "iss": ISSUER,
        "jti": f"jti-{now}",
        "nbf": now - 10,
        "sid": f"sess_{user}",
        "sts": "active",
        "sub": f"user_{user}",
        "v": 2,
    }
