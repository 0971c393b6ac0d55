"""`vision3 dead` on a real stream: list, show, replay."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator
from pathlib import Path

import nats
import pytest
from nats.js.errors import NotFoundError

from common.streams import DEAD, WORK, WORKERS, Durable, declare
from tests.cli.test_commands import vision3
from vision3.data_dir import DataDir
from vision3.state import State, publish

LETTERS = [(b"\xff broken", "not_an_event"), (b'{"plain": "text"}', "[not markup]")]


async def prepare(nats_url: str) -> None:
    client = await nats.connect(nats_url)
    js = client.jetstream()
    for stream in (DEAD, WORK):
        try:
            await js.delete_stream(stream)
        except NotFoundError:
            continue
    await declare(js, [Durable(event) for event in WORKERS])
    for body, reason in LETTERS:
        headers = {
            "Vision3-Subject": "generation.requested.v1",
            "Vision3-Consumer": "orchestrator-generation-requested-v1",
            "Vision3-Reason": reason,
            "Vision3-Detail": "why it died",
        }
        await js.publish("dead.letters", body, stream=DEAD, headers=headers)
    await client.close()


async def bodies(nats_url: str) -> list[bytes]:
    client = await nats.connect(nats_url)
    js = client.jetstream()
    last = (await js.stream_info(WORK)).state.last_seq
    found = [(await js.get_msg(WORK, seq)).data or b"" for seq in range(1, last + 1)]
    await client.close()
    return found


@pytest.fixture
def data(nats_url: str, tmp_path: Path) -> Iterator[Path]:
    """The folder of a system of which only NATS runs."""
    asyncio.run(prepare(nats_url))
    folder = DataDir.at(tmp_path)
    with folder.locked():
        publish(State("", "", "", nats_url, "", {}, str(tmp_path)), {})
        yield tmp_path


def test_the_list_is_a_table_for_people(data: Path):
    result = vision3("dead", "list", "--data", str(data), env={"COLUMNS": "200"})
    assert result.returncode == 0
    for word in ("seq", "generation.requested.v1", "not_an_event", "[not markup]", "why it died"):
        assert word in result.stdout
    assert "1 more" in vision3("dead", "list", "--limit", "1", "--data", str(data)).stderr


def test_the_list_is_a_document_for_programs(data: Path):
    document = json.loads(vision3("dead", "list", "--json", "--data", str(data)).stdout)
    assert document["total"] == 2
    assert [letter["seq"] for letter in document["letters"]] == [1, 2]
    assert set(document["letters"][0]) == {"seq", "when", "subject", "consumer", "reason", "detail"}


def test_one_is_shown_with_its_message(data: Path):
    assert "\\xff broken" in vision3("dead", "show", "1", "--data", str(data)).stdout
    assert '{"plain": "text"}' in vision3("dead", "show", "2", "--data", str(data)).stdout
    document = json.loads(vision3("dead", "show", "1", "--json", "--data", str(data)).stdout)
    assert (document["body"], base64.b64decode(document["body_base64"])) == (None, LETTERS[0][0])


def test_one_is_replayed_and_then_it_is_gone(data: Path, nats_url: str):
    assert vision3("dead", "replay", "1", "--data", str(data)).returncode == 0
    assert asyncio.run(bodies(nats_url)) == [LETTERS[0][0]]
    again = vision3("dead", "replay", "1", "--data", str(data))
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr.startswith("vision3: there is no dead letter 1")


def test_all_are_replayed(data: Path, nats_url: str):
    result = vision3("dead", "replay", "--all", "--json", "--data", str(data))
    assert [letter["seq"] for letter in json.loads(result.stdout)["replayed"]] == [1, 2]
    assert asyncio.run(bodies(nats_url)) == [body for body, _ in LETTERS]
    assert "no dead letters" in vision3("dead", "list", "--data", str(data)).stderr


@pytest.mark.parametrize("arguments", [["replay"], ["replay", "1", "--all"], ["replay", "0"], ["show"], ["nonsense"]])
def test_wrong_usage_exits_2(arguments: list[str]):
    result = vision3("dead", *arguments)
    assert (result.returncode, result.stdout) == (2, "")


def test_without_a_system_it_says_how_to_start_one(tmp_path: Path):
    result = vision3("dead", "list", "--data", str(tmp_path))
    assert result.returncode == 1
    assert result.stderr.startswith(f"vision3: nothing runs on {tmp_path}")


def test_without_nats_it_says_so(tmp_path: Path):
    folder = DataDir.at(tmp_path)
    with folder.locked():
        publish(State("", "", "", "nats://127.0.0.1:1", "", {}, str(tmp_path)), {})
        result = vision3("dead", "list", "--data", str(tmp_path))
    assert result.returncode == 1
    assert result.stderr.startswith("vision3: NATS does not answer")
    assert "Traceback" not in result.stderr
