"""Session tokens as Clerk makes them, for the local identity provider: a key on disk, its public half as a JWKS."""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from vision3.data_dir import DataDir
from vision3.secret_file import write_private
from vision3.state import State

LIFE_S = 60
ALGORITHM = "RS256"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The provider's key. Whoever can read its file can be anyone: it is for one machine's own system."""

    private: rsa.RSAPrivateKey

    @classmethod
    def load_or_create(cls, path: Path) -> SigningKey:
        if not path.exists():
            write_private(path, _pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)))
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError(f"{path} holds no RSA key")
        return cls(key)

    @property
    def key_id(self) -> str:
        """Follows from the key, so that a new key has a new id."""
        numbers = self.private.public_key().public_numbers()
        return "ins_" + hashlib.sha256(str(numbers.n).encode()).hexdigest()[:27]

    def jwks(self) -> dict[str, Any]:
        public = json.loads(RSAAlgorithm.to_jwk(self.private.public_key()))
        return {"keys": [{**public, "kid": self.key_id, "alg": ALGORITHM, "use": "sig"}]}

    def token(self, user: str, *, issuer: str, authorized_party: str, life_s: int = LIFE_S) -> str:
        """A session token for the local user of that name."""
        now = int(time.time())
        claims = {
            "azp": authorized_party,
            "exp": now + life_s,
            "fva": [0, -1],
            "iat": now,
            "iss": issuer,
            "jti": uuid.uuid4().hex,
            "nbf": now - 10,
            "sid": f"sess_{_stable(user)}",
            "sts": "active",
            "sub": clerk_id(user),
            "v": 2,
        }
        return jwt.encode(claims, self.private, algorithm=ALGORITHM, headers={"kid": self.key_id})


def minter(state: State, user: str) -> Callable[[], str]:
    """Makes tokens that the running system's gateway accepts."""
    key = SigningKey.load_or_create(DataDir(Path(state.data_dir)).identity_key)
    return partial(key.token, user, issuer=state.identity_url, authorized_party=state.gateway_url)


def clerk_id(user: str) -> str:
    """The same name is the same user, on every machine."""
    return f"user_{_stable(user)}"


def _stable(user: str) -> str:
    return hashlib.sha256(user.encode()).hexdigest()[:27]


def _pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
