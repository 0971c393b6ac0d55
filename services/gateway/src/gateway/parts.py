"""What the routes work with, and how they get at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from pydantic import SecretStr

from common.db import Database
from common.outbox import Outbox
from common.storage import ObjectStore
from gateway.auth import Authenticator, User
from gateway.cursors import Cursors
from gateway.editor import Editor
from gateway.limits import UserLimit
from gateway.live import Live
from gateway.media import MediaLinks
from gateway.pressure import Pressure
from gateway.shop import Shop
from gateway.states import States
from gateway.views import Views


@dataclass(frozen=True, slots=True)
class Parts:
    """Made once, in app.py."""

    db: Database
    outbox: Outbox
    editor: Editor
    shop: Shop
    store: ObjectStore
    users: Authenticator
    clerk_webhook_secret: SecretStr | None
    links: MediaLinks
    cursors: Cursors
    views: Views
    states: States
    live: Live
    user_limit: UserLimit
    pressure: Pressure
    max_pending: int


async def parts(request: Request) -> Parts:
    made: Parts = request.app.state.parts
    return made


async def current_user(request: Request) -> User:
    return await (await parts(request)).users.user(request)


async def limited_user(request: Request) -> User:
    user = await current_user(request)
    await (await parts(request)).user_limit.take(request, user)
    return user


Gateway = Annotated[Parts, Depends(parts)]
CurrentUser = Annotated[User, Depends(current_user)]
LimitedUser = Annotated[User, Depends(limited_user)]
"""For what changes something or carries much: counted against the user's limit."""
