"""Backup and restore as docs/operations.md describes them: from one real cluster to another, and of the objects."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from common.db import Database
from common.outbox import Outbox
from tests.support.builders import new_user, request_generation
from vision3.data_dir import CHECKOUT
from vision3.migration import bring_up_to_date
from vision3.servers import Postgres, running
from vision3.servers.ports import HOST
from vision3.servers.postgres import INSTALL

PAGE = CHECKOUT / "docs" / "operations.md"
PASSWORDS = {"gateway": "gateway-password", "imager": "imager-password"}
COMMANDS = {
    "dump": "pg_dump --username postgres --format custom vision3",
    "roles": "pg_dumpall --username postgres --roles-only --no-role-passwords",
    "restore roles": "psql --username postgres",
    "restore": "pg_restore --username postgres --dbname vision3 --exit-on-error",
}


def run(server: Postgres, command: str, source: bytes = b"") -> bytes:
    """One of the commands, where the container would run it."""
    program, *arguments = COMMANDS[command].split()
    password = urlsplit(server.superuser_url).password or ""
    place = {"PGHOST": HOST, "PGPORT": str(server.port), "PGPASSWORD": password}
    command_line = [str(INSTALL / "bin" / program), *arguments]
    done = subprocess.run(command_line, env=os.environ | place, input=source, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


PACK = "tar -c --xattrs --xattrs-include='user.*' -C /objects . > objects.tar"
UNPACK = "tar -x --xattrs --xattrs-include='user.*' -C /objects < objects.tar"


@pytest.mark.parametrize("command", COMMANDS.values())
def test_these_are_the_commands_of_the_page(command: str):
    assert f"docker compose exec -T postgres {command}" in PAGE.read_text()


async def test_what_was_dumped_is_there_again_and_the_roles_may_do_what_they_could(tmp_path: Path):
    with running(Postgres(tmp_path / "old")) as old:
        await bring_up_to_date(old.database_url, PASSWORDS)
        await _as_gateway(old, credits_left=16)
        dump, roles = run(old, "dump"), run(old, "roles")
    with running(Postgres(tmp_path / "new")) as new:
        run(new, "restore roles", roles)
        run(new, "restore", dump)
        assert await bring_up_to_date(new.database_url, PASSWORDS) == []
        await _as_gateway(new, credits_left=12)
        imager = await asyncpg.connect(new.url("vision3_imager", PASSWORDS["imager"]))
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await imager.fetch("select email from vision3.users")
        await imager.close()


@pytest.mark.parametrize("command", [PACK, UNPACK])
def test_these_are_the_commands_for_objects_of_the_page(command: str):
    assert f"/objects{':ro' if command == PACK else ''} debian:stable-slim {command}\n" in PAGE.read_text()


def test_objects_come_back_with_their_types(tmp_path: Path):
    """The store keeps an object's type in its file's extended attributes."""
    old, new = tmp_path / "old", tmp_path / "new"
    picture = Path("vision3/generations/1/2.jpg")
    (old / picture).parent.mkdir(parents=True)
    (old / picture).write_bytes(b"a picture")
    os.setxattr(old / picture, "user.content-type", b"image/jpeg")
    new.mkdir()
    for command, folder in ((PACK, old), (UNPACK, new)):
        subprocess.run(command.replace("/objects", str(folder)), shell=True, cwd=tmp_path, check=True)
    assert (new / picture).read_bytes() == b"a picture"
    assert os.getxattr(new / picture, "user.content-type") == b"image/jpeg"


async def _as_gateway(server: Postgres, *, credits_left: int) -> None:
    """Alice asks for four pictures; each time there are four credits less."""
    db = Database(server.url("vision3_gateway", PASSWORDS["gateway"]))
    await db.open()
    try:
        user = await new_user(db)
        await request_generation(db, Outbox("vision3/gateway"), user)
        async with db.tx_as(user) as tx:
            assert await tx.fetchval("select credits_remaining from users") == credits_left
    finally:
        await db.close()
