"""Who says and hears what on the bus, and the NATS permissions that follow: no service is granted more.

Every server's configuration comes from here: deploy/nats/nats.conf, and the one that `vision3 up` writes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from common.events import (
    ArtifactEdited,
    ConceptFailed,
    ConceptProposed,
    ConceptRendered,
    CreditsChanged,
    EventData,
    GenerationCompleted,
    GenerationFailed,
    GenerationRequested,
    UserDeleted,
)
from common.requests import CHECKOUT, EDIT, OFFERS, PORTAL
from common.streams import FACT_EVENTS, STREAMS, WORK, WORKERS, Durable

Permissions = dict[str, object]

REPLY_WITHIN = "30s"
"""How long the one answer to a request may take: longer than any caller waits."""


@dataclass(frozen=True, slots=True)
class Part:
    """One service's part in the conversation, but for the work that it does (streams.WORKERS).

    publishes, hears: events, the latter as hints. asks, answers: subjects of requests. alters: whether it may bring
    streams that exist to this version; any service may make those that don't.
    """

    publishes: tuple[type[EventData], ...] = ()
    hears: tuple[type[EventData], ...] = ()
    asks: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    alters: bool = False


PARTS: dict[str, Part] = {
    "gateway": Part(
        publishes=(GenerationRequested, UserDeleted),
        hears=(ConceptRendered, ConceptFailed, *FACT_EVENTS),
        asks=(EDIT, OFFERS, CHECKOUT, PORTAL),
    ),
    "orchestrator": Part(
        publishes=(GenerationRequested, ConceptProposed, GenerationCompleted, GenerationFailed, CreditsChanged),
        alters=True,
    ),
    "imager": Part(publishes=(ConceptRendered, ConceptFailed, ArtifactEdited), answers=(EDIT,)),
    "billing": Part(publishes=(CreditsChanged,), answers=(OFFERS, CHECKOUT, PORTAL)),
    "retention": Part(),
}


def inbox(service: str) -> str:
    """Where answers to a service arrive. One inbox for all would let any service read another's answers."""
    return f"_INBOX.{service}"


def durables_of(service: str) -> list[Durable]:
    """The consumers of the work that a service does."""
    return [Durable(event) for event, worker in WORKERS.items() if worker == service]


def permissions(service: str) -> Permissions:
    """As an entry of the server's `users` holds them."""
    part = PARTS[service]
    granted: Permissions = {
        "publish": {"allow": sorted(_publishes(service, part))},
        "subscribe": {"allow": sorted(_subscribes(service, part))},
    }
    if part.answers:
        granted["allow_responses"] = {"max": 1, "expires": REPLY_WITHIN}
    return granted


def _publishes(service: str, part: Part) -> Iterable[str]:
    yield from (event.TYPE for event in part.publishes)
    yield from part.asks
    yield from _stream_api(part)
    for durable in durables_of(service):
        yield from _consumer_api(durable)


def _subscribes(service: str, part: Part) -> Iterable[str]:
    """A request is only for members of the service's queue: nobody listens in."""
    yield f"{inbox(service)}.>"
    yield from (event.TYPE for event in part.hears)
    yield from (f"{subject} {service}" for subject in part.answers)


def _stream_api(part: Part) -> Iterable[str]:
    verbs = ("INFO", "CREATE", "UPDATE") if part.alters else ("INFO", "CREATE")
    return (f"$JS.API.STREAM.{verb}.{stream.name}" for stream in STREAMS for verb in verbs)


def _consumer_api(durable: Durable) -> Iterable[str]:
    """Its subject in the request to make it: no other consumer can be made in its name."""
    yield f"$JS.API.CONSUMER.CREATE.{WORK}.{durable.name}.{durable.event.TYPE}"
    yield f"$JS.API.CONSUMER.INFO.{WORK}.{durable.name}"
    yield f"$JS.API.CONSUMER.MSG.NEXT.{WORK}.{durable.name}"
    yield f"$JS.ACK.{WORK}.{durable.name}.>"
    yield f"dead.{durable.name}"
