"""What arrives from the bus: an event, or Malformed with a reason that quotes nothing of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from common.errors import Malformed
from common.events import ConceptFailed, GenerationRequested
from common.events.envelope import unwrap, wrap
from common.ids import uuid7

ID = "01980000-0000-7000-8000-000000000000"
SECRET = "canary"
GOOD = {
    "specversion": "1.0",
    "id": ID,
    "source": "gateway",
    "type": "generation.requested.v1",
    "time": "2026-01-01T00:00:00Z",
    "datacontenttype": "application/json",
    "data": {"generation_id": ID},
}


def body(**changed: object) -> bytes:
    return json.dumps({key: value for key, value in (GOOD | changed).items() if value is not None}).encode()


def test_what_was_wrapped_comes_out_again():
    event = ConceptFailed(concept_id=uuid7(), generation_id=uuid7(), code="refused")
    envelope = wrap(event, event_id=uuid7(), source="imager", time=datetime.now(UTC))
    assert unwrap(envelope.to_bytes(), ConceptFailed) == event


def test_fields_of_a_later_version_are_ignored():
    later = body(priority=3, data={"generation_id": ID, "priority": {"level": [1, 2, 3]}})
    assert str(unwrap(later, GenerationRequested).generation_id) == ID


NOT_AN_EVENT = {
    "nothing": b"",
    "no JSON": SECRET.encode(),
    "half of it": body()[:-5],
    "an array": b"[" + body() + b"]",
    "a string": b'"' + SECRET.encode() + b'"',
    "null": b"null",
    "invalid UTF-8": b'{"id": "\xff\xfe"}',
    "UTF-16": json.dumps(GOOD).encode("utf-16"),
    "a lone surrogate": body(source="\ud800"),
    "deep nesting": body(data=None)[:-1] + b', "data": ' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}",
    "deep arrays": b"[" * 100_000,
    "no id": body(id=None),
    "an id that is none": body(id=SECRET),
    "a huge number for an id": body(id=None)[:-1] + b', "id": ' + b"9" * 100_000 + b"}",
    "no type": body(type=None),
    "no data": body(data=None),
    "data that is a list": body(data=[ID]),
    "data that is text": body(data=SECRET),
    "no time": body(time=None),
    "a time without a zone": body(time="2026-01-01T00:00:00"),
    "a time that is NaN": body(time=float("nan")),
    "another version of CloudEvents": body(specversion="0.3"),
    "another content type": body(datacontenttype="text/xml"),
}

WRONG_DATA = {
    "missing": {},
    "null": {"generation_id": None},
    "no id": {"generation_id": SECRET},
    "NaN": {"generation_id": float("nan")},
    "a huge number": {"generation_id": 10**300},
    "an object": {"generation_id": {"id": ID}},
    "under another name": {"generationId": ID},
}


@pytest.mark.parametrize("message", NOT_AN_EVENT.values(), ids=NOT_AN_EVENT)
def test_what_is_no_event_is_malformed(message: bytes):
    refused(message, "not_an_event")


@pytest.mark.parametrize("data", WRONG_DATA.values(), ids=WRONG_DATA)
def test_an_event_that_does_not_say_what_it_should_is_malformed(data: dict[str, object]):
    refused(body(data=data), "wrong_data")


@pytest.mark.parametrize("type_", [SECRET, "generation.requested.v2", "Generation.Requested.V1", ""])
def test_another_event_is_malformed(type_: str):
    refused(body(type=type_), "wrong_type")


def refused(message: bytes, code: str) -> None:
    with pytest.raises(Malformed) as malformed:
        unwrap(message, GenerationRequested)
    assert malformed.value.code == code
    assert SECRET not in malformed.value.detail
    assert len(malformed.value.detail) < 300
