"""Who is let in: Clerk's tokens and nothing else, and one answer for all who are not."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import time
from typing import Any

import asyncpg
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pytest_httpserver import HTTPServer
from werkzeug import Response

from gateway import jwks
from tests.gateway.conftest import JWKS_PATH, Gateway, Start, problem
from tests.support import tokens


def now() -> int:
    return int(time.time())


def made(**claims: Any) -> str:
    return tokens.key().token("alice", **claims)


def unsigned() -> str:
    return jwt.encode(tokens.session_claims("alice"), "", algorithm="none", headers={"kid": tokens.key().kid})


def signed_with_the_public_key() -> str:
    """The public key as an HMAC secret: what a verifier that believes the header's alg would take."""
    pem = tokens.key().private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = f"{part({'alg': 'HS256', 'kid': tokens.key().kid})}.{part(tokens.session_claims('alice'))}"
    return f"{signed}.{base64url(hmac.digest(pem, signed.encode(), 'sha256'))}"


def with_another_subject() -> str:
    header, _, signature = made().split(".")
    return f"{header}.{part(tokens.session_claims('bob'))}.{signature}"


def part(content: dict[str, Any]) -> str:
    return base64url(json.dumps(content).encode())


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


REFUSED = {
    "empty": lambda: "",
    "no token at all": lambda: "bread",
    "three dots": lambda: "a.b.c",
    "very long": lambda: "x" * 20_000,
    "expired": lambda: made(exp=now() - 6),
    "not valid yet": lambda: made(nbf=now() + 60),
    "issued in the future": lambda: made(iat=now() + 60),
    "without exp": lambda: made(exp=None),
    "without nbf": lambda: made(nbf=None),
    "without iat": lambda: made(iat=None),
    "without iss": lambda: made(iss=None),
    "without sub": lambda: made(sub=None),
    "exp as text": lambda: made(exp="soon"),
    "exp infinite": lambda: made(exp=float("inf")),
    "iss a list": lambda: made(iss=[tokens.ISSUER]),
    "sub empty": lambda: made(sub=""),
    "sub with NUL": lambda: made(sub="user_\x00"),
    "sub a number": lambda: made(sub=7),
    "sub over-long": lambda: made(sub="u" * 256),
    "another issuer": lambda: made(iss="https://evil.example.test"),
    "issuer with a slash": lambda: made(iss=tokens.ISSUER + "/"),
    "another party": lambda: made(azp="https://evil.example.test"),
    "no party": lambda: made(azp=None),
    "party a list": lambda: made(azp=[tokens.PARTY]),
    "pending session": lambda: made(sts="pending"),
    "unknown key": lambda: tokens.key("ins_unknown").token("alice"),
    "foreign key under a known id": lambda: tokens.key("ins_evil").token("alice", header={"kid": tokens.key().kid}),
    "no key id": lambda: tokens.key().token("alice", header={"kid": None}),
    "an empty key id": lambda: tokens.key().token("alice", header={"kid": ""}),
    "no claims": lambda: tokens.key().sign(b"[]"),
    "claims of great depth": lambda: tokens.key().sign(b"[" * 5000),
    "unsigned": unsigned,
    "signed with the public key": signed_with_the_public_key,
    "changed after signing": with_another_subject,
    "unknown critical header": lambda: tokens.key().token("alice", header={"crit": ["b64"], "b64": False}),
}


async def ask(gateway: Gateway, authorization: str | bytes | None):
    headers: Any = {} if authorization is None else {"Authorization": authorization}
    return await gateway.http.get("/api/me", headers=headers)


@pytest.mark.parametrize("token", REFUSED.values(), ids=REFUSED)
async def test_every_token_that_is_not_right_gets_the_one_answer(gateway: Gateway, owner: asyncpg.Connection, token):
    without = await ask(gateway, None)
    answer = await ask(gateway, f"Bearer {token()}")
    problem(answer, 401, "unauthenticated")
    assert answer.content == without.content
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert await owner.fetchval("select count(*) from users") == 0


@pytest.mark.parametrize("header", ["", "Bearer", "Basic YWxpY2U6", "bread", "Bearer t\u00f6ken".encode("latin-1")])
async def test_a_header_without_a_bearer_token_gets_the_same_answer(gateway: Gateway, header):
    assert (await ask(gateway, header)).content == (await ask(gateway, None)).content


@pytest.mark.parametrize(("claim", "seconds"), [("exp", 60), ("exp", -2), ("nbf", 3), ("iat", 3)])
async def test_a_right_token_is_let_in_with_five_seconds_of_leeway(gateway: Gateway, claim: str, seconds: int):
    assert (await ask(gateway, f"Bearer {made(**{claim: now() + seconds})}")).status_code == 200


async def test_a_token_of_an_older_version_has_no_session_status(gateway: Gateway):
    assert (await ask(gateway, f"Bearer {made(sts=None)}")).status_code == 200


async def test_any_party_will_do_where_none_is_configured(start: Start):
    async with start(clerk_authorized_parties="") as gateway:
        assert (await ask(gateway, f"Bearer {made(azp=None)}")).status_code == 200


ROUTES = [
    ("GET", "/api/me"),
    ("GET", "/api/me/credits"),
    ("GET", "/api/generations"),
    ("GET", "/api/generations/not-an-id"),
    ("POST", "/api/generations"),
    ("POST", "/api/artifacts/not-an-id/edit"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_every_route_asks_for_a_token_before_it_looks_at_anything_else(gateway: Gateway, method, path):
    answer = await gateway.http.request(method, path, content=b"{broken", headers={"Content-Type": "application/json"})
    problem(answer, 401, "unauthenticated")


async def test_a_user_is_made_at_first_sight_with_the_signup_credits(gateway: Gateway, owner: asyncpg.Connection):
    me = (await gateway.get("/api/me")).json()
    row = await owner.fetchrow("select * from users")
    assert row["clerk_id"] == "user_alice"
    assert me == {"id": str(row["id"]), "email": None, "subscription_tier": "free", "credits_remaining": 20}


async def test_an_erased_person_is_refused_like_anyone_without_a_token(start: Start, owner: asyncpg.Connection):
    async with start() as gateway:
        await gateway.get("/api/me")
    await owner.execute("update users set erase_requested_at = now()")
    async with start() as gateway:
        answer = await gateway.get("/api/me")
        assert answer.content == (await ask(gateway, None)).content


def keys_served(issuer: HTTPServer) -> int:
    return sum(request.path == JWKS_PATH for request, _ in issuer.log)


async def test_the_keys_are_fetched_once(gateway: Gateway, issuer: HTTPServer):
    for _ in range(3):
        await gateway.get("/api/me")
    assert keys_served(issuer) == 1


async def test_made_up_key_ids_do_not_become_requests_to_the_issuer(gateway: Gateway, issuer: HTTPServer):
    await gateway.get("/api/me")
    for _ in range(5):
        await ask(gateway, f"Bearer {tokens.key('ins_unknown').token('alice')}")
    assert keys_served(issuer) == 1


async def test_a_rotated_key_is_found_as_soon_as_fetching_is_allowed(
    gateway: Gateway, issuer: HTTPServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(jwks, "REFETCH_S", 0.0)
    await gateway.get("/api/me")
    new = tokens.key("ins_second")
    issuer.clear_all_handlers()
    issuer.expect_request(JWKS_PATH).respond_with_json(tokens.jwks(new))
    assert (await ask(gateway, f"Bearer {new.token('alice')}")).status_code == 200
    problem(await ask(gateway, f"Bearer {made()}"), 401, "unauthenticated")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"keys": "none"}', b'{"keys": []}', b'{"keys": [{"kid": "x", "kty": "RSA"}]}']
)
async def test_the_old_keys_serve_on_while_the_issuer_answers_nonsense(
    gateway: Gateway, issuer: HTTPServer, monkeypatch: pytest.MonkeyPatch, body: bytes
):
    monkeypatch.setattr(jwks, "REFETCH_S", 0.0)
    await gateway.get("/api/me")
    issuer.clear_all_handlers()
    issuer.expect_request(JWKS_PATH).respond_with_data(body, content_type="application/json")
    problem(await ask(gateway, f"Bearer {tokens.key('ins_unknown').token('alice')}"), 401, "unauthenticated")
    assert (await gateway.get("/api/me")).status_code == 200


async def test_old_keys_are_refreshed_behind_the_request_that_notices(
    gateway: Gateway, issuer: HTTPServer, monkeypatch: pytest.MonkeyPatch
):
    await gateway.get("/api/me")
    monkeypatch.setattr(jwks, "REFETCH_S", 0.0)
    monkeypatch.setattr(jwks, "FRESH_S", 0.0)
    issuer.clear_all_handlers()
    issuer.expect_request(JWKS_PATH).respond_with_handler(slow)
    started = time.monotonic()
    assert (await gateway.get("/api/me")).status_code == 200
    assert time.monotonic() - started < 0.3


def slow(_request: Any) -> Response:
    time.sleep(0.5)
    return Response(json.dumps(tokens.jwks(tokens.key())), content_type="application/json")


async def test_an_issuer_that_was_never_reached_is_unavailable_and_comes_back(
    gateway: Gateway, issuer: HTTPServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(jwks, "RETRY_S", 0.0)
    issuer.clear_all_handlers()
    issuer.expect_request(JWKS_PATH).respond_with_data("away", status=502)
    answer = await gateway.get("/api/me")
    problem(answer, 503, "unavailable")
    assert answer.headers["Retry-After"] == "2"
    issuer.clear_all_handlers()
    issuer.expect_request(JWKS_PATH).respond_with_json(tokens.jwks(tokens.key()))
    assert (await gateway.get("/api/me")).status_code == 200


async def test_many_first_requests_share_one_fetch(gateway: Gateway, issuer: HTTPServer):
    issuer.clear_all_handlers()
    issuer.expect_request(JWKS_PATH).respond_with_handler(slow)
    answers = await asyncio.gather(*(gateway.get("/api/me", f"user{n}") for n in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert keys_served(issuer) == 1
