"""The gateway: REST for the frontend. The process on one page."""

from __future__ import annotations

import httpx2
from fastapi.middleware import Middleware

from common import problems
from common.body_limit import BodyLimit
from common.service import Service, start
from common.storage import ObjectStore
from gateway.addresses import TrustedProxies
from gateway.answer_headers import AnswerHeaders
from gateway.auth import Authenticator, TokenVerifier
from gateway.cors import Cors
from gateway.cursors import Cursors
from gateway.editor import Editor
from gateway.jwks import FETCH_TIMEOUT_S, KeySet
from gateway.limits import AddressLimit, StreamLimit, UserLimit
from gateway.live import Live
from gateway.media import MediaLinks
from gateway.parts import Parts
from gateway.pressure import Pressure
from gateway.routes import artifacts, clerk_webhooks, downloads, generations, me, media, shop
from gateway.settings import Settings
from gateway.shop import Shop
from gateway.signing import Signer
from gateway.states import States
from gateway.views import Views

DB_BUDGET_S = 2.0
EXPOSED = ("ETag", "Location", "Retry-After", "RateLimit", "RateLimit-Policy", "X-Request-Id", "Content-Disposition")


def build(settings: Settings) -> Service:
    service = Service("gateway", settings, db_budget_s=DB_BUDGET_S, ready_alone=True)
    client = httpx2.AsyncClient(timeout=FETCH_TIMEOUT_S)
    service.on_close(client.aclose)
    service.http.state.parts = _parts(settings, service, KeySet(client, settings.jwks_url))
    service.http.router.redirect_slashes = False
    service.http.user_middleware += [
        Middleware(AnswerHeaders),
        _cors(settings),
        Middleware(AddressLimit, settings.address_per_minute, TrustedProxies(settings.trusted_proxies)),
        Middleware(BodyLimit),
        Middleware(problems.Unexpected),
    ]
    problems.install(service.http)
    for resource in (generations, downloads, artifacts, me, shop, media, clerk_webhooks):
        service.http.router.routes.extend(resource.router.routes)  # an included router is matched twice a request
    return service


def main() -> None:
    start(Settings, build)


def _parts(settings: Settings, service: Service, keys: KeySet) -> Parts:
    signer = Signer(settings.media_secret.get_secret_value())
    links = MediaLinks(signer, settings.public_url)
    views = Views(links, settings.retention)
    verifier = TokenVerifier(keys, settings.clerk_issuer, settings.clerk_authorized_parties)
    store = ObjectStore(settings)
    service.depends_on("store", store.problem)
    live = Live(service.bus, StreamLimit(settings.streams_per_user))
    service.background("live", live.look_around)
    service.on_stop(live.close)
    return Parts(
        db=service.db,
        outbox=service.outbox,
        editor=Editor(service.bus),
        shop=Shop(service.bus),
        store=store,
        users=Authenticator(verifier, service.db),
        clerk_webhook_secret=settings.clerk_webhook_secret,
        links=links,
        cursors=Cursors(signer),
        views=views,
        states=States(service.db, views),
        live=live,
        user_limit=UserLimit(service.db, settings.user_per_minute),
        pressure=Pressure(service.db),
        max_pending=settings.max_pending,
    )


def _cors(settings: Settings) -> Middleware:
    return Middleware(
        Cors,
        allow_origins=settings.cors_origins,
        allow_methods=("GET", "POST", "DELETE"),
        allow_headers=("Authorization", "Content-Type", "Idempotency-Key", "If-None-Match"),
        expose_headers=EXPOSED,
    )


if __name__ == "__main__":
    main()
