"""Canaries: what somebody wrote is nowhere any more once it is forgotten, and nothing of who left, all processes real.

Every table, every stream, the names and bytes of every stored object, all logs and all metrics are looked through.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import httpx2
import nats
import pytest
from nats.js.errors import NotFoundError

from common.streams import DEAD, FACTS, WORK
from tests.support.processes import until
from tests.support.whole_system import COMMAND, WholeSystem, whole_system
from vision3.api import Image
from vision3.client import ApiError
from vision3.generation import Timings, follow

WORDS = ("zyxwoven", "qophmarl", "vextorin", "jubblewick")
"""In a prompt, and so in headlines, titles and metadata; in the text of an edit; in an address; in a local name."""
PROMPT, EDITED, ADDRESS, NAME = WORDS
DEADLINES_OVER = "update generations set deadline_at = now() - interval '1 second'"
A_MONTH_AGO = "update generations set created_at = created_at - interval '31 days'"
"""Instead of waiting."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeSystem]:
    with whole_system(tmp_path_factory.mktemp("leaving") / "data", imagers=1) as system:
        yield system


@pytest.fixture
async def owner(running: WholeSystem) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(running.state.database_url)
    await connection.execute("set search_path = vision3")
    yield connection
    await connection.close()


async def lives(running: WholeSystem, owner: asyncpg.Connection, name: str) -> None:
    """Somebody with an address makes thumbnails, and puts another text on one."""
    async with running.as_user(name) as client:
        accepted = await client.generate(f"7 mistakes with {PROMPT} bread", count=3)
        made = await follow(client, accepted.generation_id, lambda _: None, Timings())
        picture = next(artifact for artifact in made.artifacts if isinstance(artifact, Image))
        await client.edit(picture.id, f"Only {EDITED}")
        me = await client.me()
    await owner.execute("update users set email = $2 where id = $1", me.id, f"{ADDRESS}@example.com")


async def everywhere(running: WholeSystem, owner: asyncpg.Connection, word: str) -> set[str]:
    """The places where the word is found."""
    places = {f"table {name}" for name in await tables(owner, word)}
    places |= {f"stream {name}" for name in await streams(running, word)}
    places |= await asyncio.to_thread(stored, running.folder, word)
    return places | {f"metrics of {name}" for name in await metrics(running, word)}


async def tables(owner: asyncpg.Connection, word: str) -> set[str]:
    """Bytes are looked through as text, too."""
    columns = await owner.fetch(
        """select table_name, string_agg(case udt_name when 'bytea' then format('encode(%I, ''escape'')', column_name)
             else format('%I::text', column_name) end, ', ') as texts
           from information_schema.columns join information_schema.tables using (table_schema, table_name)
           where table_schema = 'vision3' and table_type = 'BASE TABLE' group by 1"""
    )
    found = "select exists (select from {} where position($1 in lower(concat_ws(' ', {}))) > 0)"
    return {row["table_name"] for row in columns if await owner.fetchval(found.format(*row), word)}


async def streams(running: WholeSystem, word: str) -> set[str]:
    client = await nats.connect(running.state.nats_url)
    js, found = client.jetstream(), set()
    for stream in (WORK, FACTS, DEAD):
        state = (await js.stream_info(stream)).state
        for seq in range(max(1, state.first_seq), state.last_seq + 1):
            try:
                message = await js.get_msg(stream, seq)
            except NotFoundError:
                continue  # worked on
            if word in f"{message.subject} {message.headers} {(message.data or b'').decode(errors='replace')}".lower():
                found.add(stream)
    await client.close()
    return found


def stored(folder: Path, word: str) -> set[str]:
    """Objects by name and bytes, and logs. The databases' own files hold pages that are not used any more."""
    files = [file for part in ("objects", "logs") for file in (folder / part).rglob("*") if file.is_file()]
    assert files
    return {str(file) for file in files if word in str(file).lower() or word.encode() in file.read_bytes().lower()}


async def metrics(running: WholeSystem, word: str) -> set[str]:
    found = set()
    async with httpx2.AsyncClient(trust_env=False) as client:
        for name in ("gateway", "orchestrator", "imager-1", "billing", "retention"):
            pid = running.pid(name)
            environment = Path(f"/proc/{pid}/environ").read_text().split("\0")  # noqa: ASYNC240
            port = next(entry.partition("=")[2] for entry in environment if entry.startswith("VISION3_HTTP_PORT="))
            shown = await client.get(f"http://127.0.0.1:{port}/metrics")
            assert shown.is_success
            if word in shown.text.lower():
                found.add(name)
    return found


async def test_what_is_old_is_nowhere_any_more(running: WholeSystem, owner: asyncpg.Connection):
    await lives(running, owner, NAME)
    for word in (PROMPT, EDITED):
        assert await everywhere(running, owner, word) >= {"table artifacts"}, "the canary does not sing"
    await owner.execute(A_MONTH_AGO)
    command = [str(COMMAND), "retention", "run", "--data", str(running.folder)]
    running_it = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
    assert await running_it.wait() == 0
    for word in (PROMPT, EDITED):
        assert await everywhere(running, owner, word) == set()
    assert await everywhere(running, owner, ADDRESS) == {"table users"}  # they are still here


async def test_who_leaves_is_nowhere_any_more_and_does_not_come_back(running: WholeSystem, owner: asyncpg.Connection):
    await lives(running, owner, NAME)
    clerk_id = await owner.fetchval("select clerk_id from users")
    async with running.as_user(NAME) as client:
        await client.leave()
    await owner.execute(DEADLINES_OVER)

    async def erased() -> bool:
        return await owner.fetchval("select erased_at is not null from users")

    await until(erased, "retention to erase", seconds=40)
    for word in (*WORDS, clerk_id):
        assert await everywhere(running, owner, word) == set(), word
    assert [path for path in (running.folder / "objects").rglob("*") if path.is_file()] == []
    async with running.as_user(NAME) as client:
        with pytest.raises(ApiError, match="401"):
            await client.me()
