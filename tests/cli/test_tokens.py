"""Local identities: tokens as Clerk makes them, verified as the gateway does it."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest

from tests.cli.processes import eventually
from vision3.servers.ports import free_port, is_free
from vision3.tokens import SigningKey, clerk_id

ISSUER = "http://127.0.0.1:1"
PARTY = "http://127.0.0.1:2"


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("identity") / "identity.pem"


@pytest.fixture(scope="module")
def identity_url(key_file: Path) -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "vision3.identity", str(key_file), str(port)])
    assert eventually(lambda: not is_free(port))
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait()


def published_keys(identity_url: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{identity_url}/.well-known/jwks.json") as answer:
        keys: dict[str, Any] = json.load(answer)
    return keys


def verified(token: str, keys: dict[str, Any]) -> dict[str, Any]:
    key = jwt.PyJWKSet.from_dict(keys)[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(token, key, algorithms=["RS256"], issuer=ISSUER)
    return claims


def test_a_token_verifies_against_the_published_keys(identity_url: str, key_file: Path) -> None:
    token = SigningKey.load_or_create(key_file).token("alice", issuer=ISSUER, authorized_party=PARTY)
    claims = verified(token, published_keys(identity_url))
    assert claims.keys() == {"azp", "exp", "fva", "iat", "iss", "jti", "nbf", "sid", "sts", "sub", "v"}
    assert claims["sub"] == clerk_id("alice")
    assert (claims["azp"], claims["v"], claims["sts"]) == (PARTY, 2, "active")


def test_a_token_lives_a_minute(key_file: Path) -> None:
    key = SigningKey.load_or_create(key_file)
    claims = verified(key.token("alice", issuer=ISSUER, authorized_party=PARTY), key.jwks())
    assert claims["exp"] - claims["iat"] == 60
    assert abs(claims["iat"] - time.time()) < 5


def test_another_key_does_not_verify(identity_url: str, tmp_path: Path) -> None:
    foreign = SigningKey.load_or_create(tmp_path / "foreign.pem")
    with pytest.raises(KeyError):
        verified(foreign.token("alice", issuer=ISSUER, authorized_party=PARTY), published_keys(identity_url))


def test_only_public_halves_are_published(identity_url: str) -> None:
    (key,) = published_keys(identity_url)["keys"]
    assert not key.keys() & {"d", "p", "q", "dp", "dq", "qi"}


def test_the_key_is_kept_for_its_owner_alone(identity_url: str, key_file: Path) -> None:
    assert published_keys(identity_url) == SigningKey.load_or_create(key_file).jwks()
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600


def test_a_name_is_one_user_everywhere() -> None:
    assert clerk_id("alice") == "user_2bd806c97f0e00af1a1fc3328fa"
    assert clerk_id("bob") != clerk_id("alice")
