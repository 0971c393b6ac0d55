"""A Clerk session token in, our user out. There is one way to verify a token, wherever the gateway runs."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import jwt
import structlog
from fastapi import Request

from common.db import Database
from common.errors import Problem
from gateway import queries
from gateway.jwks import ALGORITHM, KeySet

log = structlog.get_logger()

LEEWAY_S = 5
REMEMBERED_S = 10.0
"""How long a user stays known without asking the database: an erased one is refused after that."""
REMEMBERED_USERS = 10_000
REQUIRED = ["exp", "nbf", "iat", "iss", "sub"]
CLERK_ID = re.compile(r"[!-~]{1,255}")


@dataclass(frozen=True, slots=True)
class User:
    """Who asks: the id of our own row, which row-level security goes by. `token_ends_at`: in seconds since 1970."""

    id: UUID
    clerk_id: str
    token_ends_at: float


@dataclass(frozen=True, slots=True)
class Session:
    """What a token says: whose session it is, and until when it says so, in seconds since 1970."""

    clerk_id: str
    ends_at: float


class TokenRefused(Exception):
    """Why is logged by its code and never told: an answer that differs by reason helps forgers."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def unauthenticated() -> Problem:
    """The same bytes for every reason."""
    return Problem(
        401,
        "unauthenticated",
        "send a valid session token as a bearer token",
        headers={"WWW-Authenticate": "Bearer"},
    )


@dataclass(frozen=True, slots=True)
class Checked:
    """A token that was found good: under which key, and until when that is believed, in seconds since 1970."""

    kid: str
    key: jwt.PyJWK
    session: Session
    until: float


class TokenVerifier:
    """Signature, times, issuer, authorized party and session status, as Clerk's tokens have them.

    A client that polls sends one token for a minute: what was checked is remembered for a few seconds, never for longer
    than the token says, and only as long as the issuer has its key.
    """

    def __init__(self, keys: KeySet, issuer: str, authorized_parties: tuple[str, ...]) -> None:
        self._keys = keys
        self._issuer = issuer
        self._authorized_parties = authorized_parties
        self._checked: dict[str, Checked] = {}

    async def session(self, token: str) -> Session:
        """What the token says. Raises TokenRefused, or KeysAway when the issuer's keys are not known yet."""
        checked = self._checked.get(token)
        kid = checked.kid if checked else _key_id(token)
        key = await self._keys.find(kid)
        if key is None:
            raise TokenRefused("unknown_key")
        if checked is None or checked.key is not key or time.time() >= checked.until:
            checked = self._check(token, kid, key)
        return checked.session

    def _check(self, token: str, kid: str, key: jwt.PyJWK) -> Checked:
        claims = _claims(token, key, self._issuer)
        if self._authorized_parties and claims.get("azp") not in self._authorized_parties:
            raise TokenRefused("wrong_party")
        if claims.get("sts") == "pending":
            raise TokenRefused("pending_session")
        if not CLERK_ID.fullmatch(claims["sub"]):
            raise TokenRefused("wrong_subject")
        session = Session(str(claims["sub"]), int(claims["exp"]))
        checked = Checked(kid, key, session, min(time.time() + REMEMBERED_S, session.ends_at))
        if len(self._checked) >= REMEMBERED_USERS:
            self._checked.clear()
        self._checked[token] = checked
        return checked


class Authenticator:
    """Finds the user of a request, and makes one at first sight: webhooks may come late or never."""

    def __init__(self, verifier: TokenVerifier, db: Database) -> None:
        self._verifier = verifier
        self._db = db
        self._known: dict[str, tuple[UUID, float]] = {}

    async def user(self, request: Request) -> User:
        """Raises the one 401, whatever is wrong; Transient when it can't be told."""
        try:
            session = await self._verifier.session(_bearer(request))
            return User(await self._user_id(session.clerk_id), session.clerk_id, session.ends_at)
        except (TokenRefused, queries.ErasedIdentity) as error:
            log.info("request.unauthenticated", reason=getattr(error, "reason", "erased"))
            raise unauthenticated() from None

    def forget(self, clerk_id: str) -> None:
        """Asks the database at that person's next request. Other processes do within REMEMBERED_S."""
        self._known.pop(clerk_id, None)

    async def _user_id(self, clerk_id: str) -> UUID:
        user_id, until = self._known.get(clerk_id, (None, 0.0))
        if user_id is not None and time.monotonic() < until:
            return user_id
        async with self._db.tx() as tx:
            user_id = await queries.provision_user(tx, clerk_id)
        if len(self._known) >= REMEMBERED_USERS:
            self._known.clear()
        self._known[clerk_id] = (user_id, time.monotonic() + REMEMBERED_S)
        return user_id


def _bearer(request: Request) -> str:
    """The token, where there is one and no other beside it: whoever reads the other one would see another user."""
    values = request.headers.getlist("Authorization")
    if len(values) != 1:
        raise TokenRefused("no_token" if not values else "two_tokens")
    scheme, _, token = values[0].partition(" ")
    if scheme.lower() != "bearer" or not token.isascii():
        raise TokenRefused("no_token")
    return token.strip()


def _key_id(token: str) -> str:
    try:
        kid = jwt.get_unverified_header(token).get("kid")
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise TokenRefused("not_a_token") from None
    if not isinstance(kid, str):
        raise TokenRefused("no_key_id")
    return kid


def _claims(token: str, key: jwt.PyJWK, issuer: str) -> dict[str, Any]:
    try:
        return jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=issuer,
            leeway=LEEWAY_S,
            options={"require": REQUIRED, "verify_aud": False},
        )
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise TokenRefused(type(error).__name__) from None
