"""What services say to one another, as files in common/contracts: a JSON schema and a recorded example of each message.

    python -m common.events.contracts            writes what is new
    python -m common.events.contracts --check    exits 1 naming what is stale and what breaks a running service

Inside a version only optional fields may be added. An example is recorded once: it stands for what running services
send. A change that has to be made all the same is made by deleting the recorded files of that message, and deployed in
the order that was named here.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any, Literal, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel, ValidationError, create_model

from common.errors import Vision3Error
from common.events import EVENTS
from common.events.envelope import Envelope, EventData, wrap
from common.ids import derived
from common.json_schemas import Difference, Schema, differences
from common.requests import (
    CHECKOUT,
    EDIT,
    OFFERS,
    PORTAL,
    Answer,
    CheckoutRequest,
    EditReply,
    EditRequest,
    LinkReply,
    OffersReply,
    OffersRequest,
    PortalRequest,
)

COMMAND = "python -m common.events.contracts"
SCHEMA, EXAMPLE = ".schema.json", ".example.json"

# subject -> what is asked, what is answered
REQUESTS: dict[str, tuple[type[BaseModel], type[BaseModel]]] = {
    EDIT: (EditRequest, EditReply),
    OFFERS: (OffersRequest, OffersReply),
    CHECKOUT: (CheckoutRequest, LinkReply),
    PORTAL: (PortalRequest, LinkReply),
}

SEED = UUID("01980000-0000-7000-8000-000000000000")
SAMPLES: dict[str, object] = {
    "code": "deadline_exceeded",
    "new_text": "FRESH BREAD",
    "offer_id": "2001",
    "plans": [{"id": "2001", "tier": "starter", "credits": 200}],
    "packs": [{"id": "1001", "credits": 50}],
    "url": "https://store.example.com/checkout/1?signature=abc",
}

PRODUCERS_FIRST = "producers that run now send the old form, which would be refused: producers first, or a new version"
CONSUMERS_FIRST = "consumers that run now count on the old form: consumers first, or a new version"
NEW_VERSION = "running services and new ones would refuse each other's messages: a new version"

WHO_FIRST = {
    Difference.GONE: CONSUMERS_FIRST,
    Difference.NEW_AND_REQUIRED: PRODUCERS_FIRST,
    Difference.NOW_REQUIRED: PRODUCERS_FIRST,
    Difference.NOW_OPTIONAL: CONSUMERS_FIRST,
    Difference.NARROWER: PRODUCERS_FIRST,
    Difference.WIDER: CONSUMERS_FIRST,
    Difference.OTHER: NEW_VERSION,
}


class NoSample(Vision3Error):
    """A message has a field of which nobody said what an example looks like."""


@dataclass(frozen=True, slots=True)
class Contract:
    """One kind of message. model: all of it, the envelope included."""

    name: str
    model: type[BaseModel]
    example: Schema

    @property
    def schema(self) -> Schema:
        return self.model.model_json_schema()


def contracts() -> list[Contract]:
    """Every event, and both directions of every request."""
    events = [event_contract(event) for event in EVENTS.values()]
    return events + [contract for subject, pair in REQUESTS.items() for contract in _request_contracts(subject, *pair)]


def event_contract(event: type[EventData]) -> Contract:
    exact: dict[str, Any] = {"type": (Literal[event.TYPE], ...), "data": (event, ...)}
    model = create_model(event.__name__, __base__=Envelope, __doc__=event.__doc__, **exact)
    data = event.model_validate(_sample(event))
    envelope = wrap(data, event_id=derived(SEED, "id"), source="example", time=datetime(2026, 1, 1, tzinfo=UTC))
    return Contract(event.TYPE, model, envelope.model_dump(mode="json"))


def _request_contracts(subject: str, asked: type[BaseModel], answered: type[BaseModel]) -> list[Contract]:
    exact: dict[str, Any] = {"result": (answered | None, None)}
    reply = create_model(answered.__name__, __base__=Answer, __doc__=answered.__doc__, **exact)
    return [
        Contract(f"{subject}.request", asked, _sample(asked)),
        Contract(f"{subject}.reply", reply, {"result": _sample(answered), "problem": None}),
    ]


def _sample(model: type[BaseModel]) -> Schema:
    return {name: _sample_of(name, field.annotation) for name, field in model.model_fields.items()}


def _sample_of(name: str, annotation: object) -> object:
    kinds = get_args(annotation) or (annotation,)
    if UUID in kinds:
        return str(derived(SEED, name))
    if get_origin(annotation) is Literal:
        return kinds[0]
    if name not in SAMPLES:
        raise NoSample(f"say in SAMPLES what an example of {name} looks like")
    return SAMPLES[name]


def problems(all_contracts: Sequence[Contract], folder: Path) -> list[str]:
    """One line for each change that breaks a running service, and for each file that is stale or belongs to nothing."""
    lines = [line for contract in all_contracts for line in breaks(contract, folder) or _stale(contract, folder)]
    known = {contract.name + ending for contract in all_contracts for ending in (SCHEMA, EXAMPLE)}
    strangers = sorted({file.name for file in folder.glob("*.json")} - known)
    return lines + [f"{name} belongs to no message: delete it once no service sends or awaits it" for name in strangers]


def write(all_contracts: Sequence[Contract], folder: Path) -> list[str]:
    """Writes what is new or stale; when a change breaks a running service, returns the reasons and writes nothing."""
    if lines := [line for contract in all_contracts for line in breaks(contract, folder)]:
        return lines
    folder.mkdir(exist_ok=True)
    for contract in all_contracts:
        (folder / (contract.name + SCHEMA)).write_text(_text(contract.schema), encoding="utf-8")
        example = folder / (contract.name + EXAMPLE)
        if not example.exists():
            example.write_text(_text(contract.example), encoding="utf-8")
    return []


def breaks(contract: Contract, folder: Path) -> list[str]:
    """What this version changes that services which run now can't bear, and who has to be deployed first."""
    schema, example = folder / (contract.name + SCHEMA), folder / (contract.name + EXAMPLE)
    if schema.exists():
        recorded = json.loads(schema.read_text(encoding="utf-8"))
        if lines := [f"{contract.name}: {change}" for change in changes(recorded, contract.schema)]:
            return lines
    if example.exists() and not _accepts(contract.model, example.read_bytes()):
        return [f"{contract.name}: the recorded example does not fit any more; {PRODUCERS_FIRST}"]
    return []


def _accepts(model: type[BaseModel], body: bytes) -> bool:
    try:
        model.model_validate_json(body)
    except ValidationError:
        return False
    return True


def _stale(contract: Contract, folder: Path) -> list[str]:
    schema, example = folder / (contract.name + SCHEMA), folder / (contract.name + EXAMPLE)
    current = schema.exists() and schema.read_text(encoding="utf-8") == _text(contract.schema)
    stale = [file.name for file, fresh in ((schema, current), (example, example.exists())) if not fresh]
    return [f"{name} is stale: run {COMMAND}" for name in stale]


def changes(before: Schema, after: Schema) -> Iterator[str]:
    """Everything but new optional fields."""
    return (f"{path} {what.value}; {WHO_FIRST[what]}" for path, what in differences(before, after))


def _text(document: Schema) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog=COMMAND, description="Write the contracts of all messages as files.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when something is amiss")
    run = problems if parser.parse_args(arguments).check else write
    lines = run(contracts(), Path(str(resources.files("common") / "contracts")))
    sys.stderr.write("".join(f"{line}\n" for line in lines))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
