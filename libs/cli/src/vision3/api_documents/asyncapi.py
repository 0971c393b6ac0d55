"""docs/api/asyncapi.json: every message on the bus, its stream, and who says and hears it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

from common.events import EVENTS
from common.events.contracts import REQUESTS, Contract, contracts
from common.json_schemas import resolved
from common.permissions import PARTS
from common.streams import STREAMS, WORKERS, stream_of

Document = dict[str, Any]

DESCRIPTION = """\
CloudEvents 1.0 as JSON on NATS JetStream, and requests with one reply on core NATS. An event's type is its subject, and
its id is its `Nats-Msg-Id`. Events hold ids only. A fact is a hint: Postgres is the truth, and may say so earlier.
"""


def asyncapi() -> Document:
    """AsyncAPI 3.0, from the view of the system: whoever `send`s, it is one of its services."""
    by_name = {contract.name: contract for contract in contracts()}
    channels = {name: _event_channel(name) for name in EVENTS} | dict(_request_channels())
    operations = dict(_event_operations()) | dict(_request_operations())
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Vision3's bus", "version": version("vision3-common"), "description": DESCRIPTION},
        "defaultContentType": "application/json",
        "servers": {
            "nats": {"host": "127.0.0.1:4222", "protocol": "nats", "description": "each service as its own user"}
        },
        "channels": channels,
        "operations": operations,
        "components": {"messages": {name: _message(contract) for name, contract in by_name.items()}},
    }


def _message(contract: Contract) -> Document:
    about = " ".join((contract.model.__doc__ or "").split())
    return {
        "name": contract.name,
        "summary": about,
        "payload": resolved(contract.schema),
        "examples": [{"payload": contract.example}],
    }


def _event_channel(name: str) -> Document:
    stream = next(stream for stream in STREAMS if stream.name == stream_of(name))
    kept = f"{stream.max_age / 3600:g} hours" if stream.max_age else "until it is done"
    return _channel(name, name, f"Stream {stream.name}, kept {kept}.")


def _request_channels() -> Iterator[tuple[str, Document]]:
    for subject in REQUESTS:
        yield subject, _channel(subject, f"{subject}.request", "Request with one reply, in no stream and in no log.")
        reply = _channel(subject, f"{subject}.reply", "The asker's own inbox.")
        yield f"{subject}.reply", reply | {"address": None}


def _channel(subject: str, message: str, about: str) -> Document:
    messages = {message: {"$ref": f"#/components/messages/{message}"}}
    return {"address": subject, "description": about, "messages": messages}


def _event_operations() -> Iterator[tuple[str, Document]]:
    for service, part in PARTS.items():
        for event in part.publishes:
            yield _operation(service, "send", event.TYPE, f"The {service} says it from its outbox.")
        for event in part.hears:
            yield _operation(service, "receive", event.TYPE, f"The {service} takes it as a hint.")
        for event in (event for event, worker in WORKERS.items() if worker == service):
            yield _operation(
                service, "receive", event.TYPE, f"The {service}'s work: one of its replicas acknowledges it."
            )


def _request_operations() -> Iterator[tuple[str, Document]]:
    for service, part in PARTS.items():
        for subject in (*part.asks, *part.answers):
            asks = subject in part.asks
            about = f"The {service} {'asks' if asks else 'answers'}."
            name, operation = _operation(service, "send" if asks else "receive", subject, about)
            yield name, operation | {"reply": {"channel": {"$ref": _pointer(f"{subject}.reply")}}}


def _operation(service: str, action: str, channel: str, about: str) -> tuple[str, Document]:
    verb = {"send": "sends", "receive": "receives"}[action]
    return f"{service}.{verb}.{channel}", {"action": action, "channel": {"$ref": _pointer(channel)}, "summary": about}


def _pointer(channel: str) -> str:
    return f"#/channels/{channel}"
