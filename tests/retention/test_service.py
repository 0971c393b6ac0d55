"""Retention as a process, and its command."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx2
import pytest

from common.db import Database
from common.settings import SettingsError, load
from common.storage import ObjectStore
from retention import runs
from retention.erasures import Erasures
from retention.policies import GENERATIONS, OTHERS
from retention.settings import Settings
from tests.retention.conftest import CANARY, Archive, files, snapshot, tables_with
from tests.support.processes import until
from tests.support.servers import TestDatabase
from tests.support.stores import in_folder
from vision3.data_dir import DataDir
from vision3.servers.ports import free_port

VISION3 = (sys.executable, "-c", "from vision3.main import main; main()")


async def vision3(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """Exit code, stdout, stderr."""
    process = await asyncio.create_subprocess_exec(
        *VISION3,
        *arguments,
        env={"PATH": os.environ["PATH"], "COLUMNS": "120", **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    stdout, stderr = await process.communicate()
    return await process.wait(), stdout.decode(), stderr.decode()


async def test_the_service_sweeps_what_was_left_and_says_how_it_is(
    database: TestDatabase, nats_url: str, owner: asyncpg.Connection, objects: Path
):
    (objects / "some").mkdir(parents=True)
    (objects / "some/left").write_text("x")
    await owner.execute("insert into objects_to_delete (key) values ('some/left')")
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "retention.app",
        env={
            "PATH": os.environ["PATH"],
            "VISION3_DATABASE_URL": database.url("retention"),
            "VISION3_NATS_URL": nats_url,
            "VISION3_HTTP_PORT": str(port),
            "VISION3_STORE_URL": objects.as_uri(),
        },
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        await until(lambda: _ready(f"http://127.0.0.1:{port}/readyz"), "retention to be ready")
        await until(lambda: _swept(owner), "the sweep", seconds=5)
        assert files(objects) == []
    finally:
        process.terminate()
        assert await process.wait() == 0


async def _ready(url: str) -> bool:
    try:
        async with httpx2.AsyncClient(trust_env=False) as client:
            return (await client.get(url)).is_success
    except httpx2.TransportError:
        return False


async def _swept(owner: asyncpg.Connection) -> bool:
    return await owner.fetchval("select count(*) from objects_to_delete") == 0


async def test_the_command_runs_where_the_environment_says(
    database: TestDatabase, owner: asyncpg.Connection, archive: Archive, objects: Path
):
    await archive.generation(days=31)
    await archive.generation(days=5)
    where = {"VISION3_DATABASE_URL": database.url("retention"), "VISION3_STORE_URL": objects.as_uri()}
    for command, generations in (("plan", 1), ("run", 1), ("plan", 0), ("run", 0)):
        code, stdout, stderr = await vision3("retention", command, **where)
        assert (code, stderr.strip()) == (0, "")
        rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in stdout.splitlines() if "│" in line]
        assert (rows[0][0], rows[0][2], rows[0][3]) == ("generations", str(generations), str(5 * generations))
        assert [row[0] for row in rows[1:]] == ["idempotency keys", "webhook payloads", "outbox leftovers"]
    assert await owner.fetchval("select count(*) from generations where anonymized_at is null") == 1
    assert (await vision3("retention", "run", VISION3_RETENTION_DAYS="4", **where))[0] == 0
    assert await tables_with(owner, CANARY) == set()


async def test_the_command_finds_a_running_system_by_its_data_directory(
    database: TestDatabase, owner: asyncpg.Connection, user: UUID, tmp_path: Path
):
    data = DataDir.at(tmp_path / "data")
    data.create()
    await Archive(owner, in_folder(data.objects), user).generation(days=31)
    urls = {"retention": database.url("retention")}
    names = ("gateway_url", "billing_url", "identity_url", "nats_url", "database_url", "data_dir")
    data.state.write_text(json.dumps({**dict.fromkeys(names, ""), "service_database_urls": urls}))
    with data.locked():
        assert (await vision3("retention", "run", "--data", str(data.root)))[0] == 0
    assert await tables_with(owner, CANARY) == set()
    assert files(data.objects) == []


async def test_the_command_says_what_is_missing(tmp_path: Path):
    nowhere = str(tmp_path / "none")
    code, _, stderr = await vision3("retention", "run", "--data", nowhere)
    assert (code, "nothing runs" in stderr) == (1, True)
    away = {"VISION3_DATABASE_URL": "postgresql://x:y@127.0.0.1:1/z", "VISION3_STORE_URL": tmp_path.as_uri()}
    code, _, stderr = await vision3("retention", "run", **away)
    assert (code, "not available" in stderr, "Traceback" in stderr) == (1, True, False)
    assert (await vision3("retention", "run", "--days", "0"))[0] == 2
    assert (await vision3("retention"))[0] == 2


@pytest.mark.parametrize("days", ["0", "-1", "x", "1.5", "36501"])
def test_days_that_make_no_sense_end_the_start(monkeypatch: pytest.MonkeyPatch, days: str):
    monkeypatch.setenv("VISION3_DATABASE_URL", "postgresql://vision3_retention:x@127.0.0.1/vision3")
    monkeypatch.setenv("VISION3_NATS_URL", "nats://127.0.0.1:1")
    monkeypatch.setenv("VISION3_HTTP_PORT", "0")
    monkeypatch.setenv("VISION3_STORE_URL", "file:///tmp/x")
    assert load(Settings).retention_days == 30
    monkeypatch.setenv("VISION3_RETENTION_DAYS", days)
    with pytest.raises(SettingsError, match="VISION3_RETENTION_DAYS"):
        load(Settings)


async def test_a_user_is_erased_by_command_once_nothing_of_theirs_is_left(
    database: TestDatabase, owner: asyncpg.Connection, archive: Archive, user: UUID, erasures: Erasures
):
    await archive.generation(days=1)
    await owner.execute("update generations set deadline_at = now()")
    asking = asyncio.create_task(
        vision3("retention", "erase", "user_of_clerk", "--yes", VISION3_DATABASE_URL=database.owner_url)
    )
    while not asking.done():
        await erasures.carry_out()
        await asyncio.sleep(0.1)
    assert await asking == (0, "", "erased\n")
    assert await owner.fetchval("select clerk_id from users") is None
    code, _, said = await vision3("retention", "erase", str(user), "--yes", VISION3_DATABASE_URL=database.owner_url)
    assert (code, said) == (1, f"vision3: {user} is erased already\n")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nobody", "--yes"], 1, "there is no user nobody"),
        (["user_of_clerk"], 1, "Aborted"),
        (["user_of_clerk", "--yes", "--wait", "0"], 1, "it is not done yet and goes on"),
        ([], 2, "Missing argument"),
    ],
)
async def test_what_can_not_be_erased_or_not_yet_is_said(
    database: TestDatabase, user: UUID, arguments: list[str], code: int, said: str
):
    ended, _, stderr = await vision3("retention", "erase", *arguments, VISION3_DATABASE_URL=database.owner_url)
    assert (ended, said in stderr) == (code, True), stderr


async def test_the_history_shows_each_run_the_newest_first(
    database: TestDatabase, db: Database, store: ObjectStore, archive: Archive
):
    where = {"VISION3_DATABASE_URL": database.owner_url}
    assert (await vision3("retention", "history", **where))[2] == "nothing has run yet\n"
    await archive.generation(days=31)
    for policy in (GENERATIONS, OTHERS[0]):
        await runs.run(db, store, policy, days=30)
    past = json.loads((await vision3("retention", "history", "--json", **where))[1])["runs"]
    assert [(one["policy"], one["rows"], one["objects"], one["outcome"]) for one in past] == [
        ("idempotency keys", 0, 0, "done"),
        ("generations", 1, 5, "done"),
    ]
    shown = (await vision3("retention", "history", "--limit", "1", **where))[1]
    assert ("idempotency keys" in shown, "generations" in shown, "hand" in shown) == (True, False, True)


@pytest.mark.parametrize("expression", ["", "every week", "0 3 * *", "61 3 * * 0", "0 3 31 2 *", "0 3 * * 9"])
def test_a_schedule_that_never_comes_ends_the_start(monkeypatch: pytest.MonkeyPatch, expression: str):
    refused(monkeypatch, "RETENTION_SCHEDULE", expression or " ")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "/etc/localtime", "UTC+1"])
def test_a_time_zone_that_nobody_knows_ends_the_start(monkeypatch: pytest.MonkeyPatch, zone: str):
    refused(monkeypatch, "RETENTION_TIME_ZONE", zone)


def refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    usual = {"DATABASE_URL": "postgresql://x:y@h/d", "NATS_URL": "nats://h", "HTTP_PORT": "0", "STORE_URL": "file:///x"}
    for setting, given in (usual | {name: value}).items():
        monkeypatch.setenv(f"VISION3_{setting}", given)
    with pytest.raises(SettingsError, match=f"VISION3_{name}: "):
        load(Settings)


@pytest.mark.chaos
async def test_killed_twenty_times_it_finishes_right(
    database: TestDatabase, owner: asyncpg.Connection, archive: Archive, objects: Path
):
    """kill -9 at random points of the run; what is younger stays whole, and once done there is nothing left to do."""
    kept = [await archive.generation(days=29) for _ in range(3)]
    where = {"VISION3_DATABASE_URL": database.url("retention"), "VISION3_STORE_URL": objects.as_uri()}
    chance = random.Random(20)
    for _ in range(20):
        for _ in range(20):
            await archive.generation(days=31, pictures=1)
        process = await asyncio.create_subprocess_exec(
            *VISION3, "retention", "run", env={"PATH": os.environ["PATH"], **where}, stdout=asyncio.subprocess.DEVNULL
        )
        await asyncio.sleep(0.5 + chance.random())
        if process.returncode is None:
            process.kill()
        await process.wait()
    assert (await vision3("retention", "run", **where))[0] == 0
    left = await owner.fetch("select id from generations where anonymized_at is null")
    assert sorted(row["id"] for row in left) == sorted(kept)
    assert {str(path.relative_to(objects).parts[1]) for path in files(objects)} == {str(one) for one in kept}
    before = await snapshot(owner)
    assert (await vision3("retention", "run", **where))[0] == 0
    assert await snapshot(owner) == before
