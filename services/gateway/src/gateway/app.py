"""The gateway: REST for the frontend. The process on one page."""

from __future__ import annotations

import httpx2
from fastapi.middleware import Middleware
from fastapi.middleware.cors import CORSMiddleware

from common import problems
from common.body_limit import BodyLimit
from common.service import Service, start
from common.storage import ObjectStore
from gateway.auth import Authenticator, TokenVerifier
from gateway.cursors import Cursors
from gateway.editor import Editor
from gateway.jwks import FETCH_TIMEOUT_S, KeySet
from gateway.live import Live
from gateway.media import MediaLinks
from gateway.parts import Parts
from gateway.routes import artifacts, generations, me, media
from gateway.settings import Settings
from gateway.signing import Signer
from gateway.states import States
from gateway.views import Views

DB_BUDGET_S = 2.5


def build(settings: Settings) -> Service:
    service = Service("gateway", settings, db_budget_s=DB_BUDGET_S, ready_alone=True)
    client = httpx2.AsyncClient(timeout=FETCH_TIMEOUT_S)
    service.on_close(client.aclose)
    service.http.state.parts = _parts(settings, service, KeySet(client, settings.jwks_url))
    service.http.router.redirect_slashes = False
    service.http.user_middleware += [_cors(settings), Middleware(BodyLimit), Middleware(problems.Unexpected)]
    problems.install(service.http)
    for resource in (generations, artifacts, me, media):
        service.http.include_router(resource.router)
    return service


def main() -> None:
    start(Settings, build)


def _parts(settings: Settings, service: Service, keys: KeySet) -> Parts:
    signer = Signer(settings.media_secret.get_secret_value())
    links = MediaLinks(signer, settings.public_url)
    views = Views(links, settings.retention)
    verifier = TokenVerifier(keys, settings.clerk_issuer, settings.clerk_authorized_parties)
    live = Live(service.bus)
    service.background("live", live.look_around)
    service.on_stop(live.close)
    return Parts(
        db=service.db,
        outbox=service.outbox,
        editor=Editor(service.bus),
        store=ObjectStore(settings.store_url),
        users=Authenticator(verifier, service.db),
        links=links,
        cursors=Cursors(signer),
        views=views,
        states=States(service.db, views),
        live=live,
        max_pending=settings.max_pending,
    )


def _cors(settings: Settings) -> Middleware:
    return Middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=("GET", "POST"),
        allow_headers=("Authorization", "Content-Type", "Idempotency-Key", "If-None-Match"),
        expose_headers=("ETag", "Location", "Retry-After"),
    )


if __name__ == "__main__":
    main()
