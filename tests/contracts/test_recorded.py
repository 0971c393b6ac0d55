"""The recorded contracts: there for every message, up to date, and without anything personal."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from importlib import resources
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import BaseModel

from common import requests
from common.events import EVENTS
from common.events.contracts import EXAMPLE, REQUESTS, SCHEMA, contracts
from common.events.envelope import unwrap
from common.requests import Answer, ProblemBody
from common.streams import DEAD, FACT_EVENTS, FACTS, STREAMS, WORK, WORKERS, stream_of

FOLDER = Path(str(resources.files("common") / "contracts"))
SHORT_CODE = re.compile(r"[a-z][a-z_]{0,39}")


def example(name: str) -> bytes:
    return (FOLDER / f"{name}{EXAMPLE}").read_bytes()


def test_nothing_is_stale():
    result = subprocess.run(
        [sys.executable, "-m", "common.events.contracts", "--check"], capture_output=True, text=True, timeout=60
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_every_event_has_its_schema_and_its_example():
    recorded = {file.name for file in FOLDER.iterdir()}
    for name in EVENTS:
        assert {name + SCHEMA, name + EXAMPLE} <= recorded


def test_every_model_of_a_request_is_part_of_a_contract():
    models = {model for _, model in inspect.getmembers(requests, inspect.isclass) if issubclass(model, BaseModel)}
    covered = {model for pair in REQUESTS.values() for model in pair}
    parts = {BaseModel, Answer, ProblemBody, requests.PlanOffer, requests.PackOffer}
    assert models - parts == covered


@pytest.mark.parametrize("name", EVENTS)
def test_the_recorded_event_is_understood(name: str):
    assert name == unwrap(example(name), EVENTS[name]).TYPE


@pytest.mark.parametrize("contract", contracts(), ids=lambda contract: contract.name)
def test_the_recorded_example_fits_its_model(contract):
    assert contract.model.model_validate_json(example(contract.name))


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_says_ids_and_short_codes_only(name: str):
    for field, value in json.loads(example(name))["data"].items():
        assert isinstance(value, str), field
        assert is_id(value) or SHORT_CODE.fullmatch(value), field


@pytest.mark.parametrize("name", EVENTS)
def test_an_events_fields_are_named_as_ids_or_codes(name: str):
    """An example can't show what a field will be filled with; its name and type say what it is for."""
    for field, description in EVENTS[name].model_fields.items():
        assert field == "code" or (field.endswith("_id") and description.annotation in (UUID, UUID | None)), field


def is_id(value: str) -> bool:
    try:
        return UUID(value).version == 7
    except ValueError:
        return False


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_belongs_to_exactly_one_stream(name: str):
    holders = [stream.name for stream in STREAMS for subject in stream.subjects or () if subject == name]
    assert holders == [stream_of(name)]
    assert (EVENTS[name] in WORKERS) == (holders == [WORK])
    assert (EVENTS[name] in FACT_EVENTS) == (holders == [FACTS])


def test_the_streams_hold_nothing_but_events_and_dead_letters():
    subjects = {str(stream.name): set(stream.subjects or ()) for stream in STREAMS}
    assert subjects.pop(DEAD) == {"dead.>"}
    assert set.union(*subjects.values()) == set(EVENTS)


@pytest.mark.parametrize("name", EVENTS)
def test_a_type_says_family_past_tense_and_version(name: str):
    assert re.fullmatch(r"[a-z]+\.[a-z]+ed\.v[1-9]", name)
