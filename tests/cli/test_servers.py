"""The launchers: durable, private, and back after any crash."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import nats
import pytest

from tests.cli.processes import alive, children, eventually, owner_of
from vision3.servers import Nats, Postgres, Running, ServerError, running, started
from vision3.servers.identities import Account, forget_orphans, identity_for

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become someone else")


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with started(Postgres(tmp_path_factory.mktemp("postgres"))) as process:
        yield process


def server(process: Running) -> Postgres:
    assert isinstance(process.server, Postgres)
    return process.server


async def fetchval(url: str, query: str) -> object:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_the_migrator_owns_the_database_and_is_no_superuser(postgres: Running) -> None:
    url = server(postgres).database_url
    assert not await fetchval(url, "select rolsuper from pg_roles where rolname = current_user")
    assert await fetchval(url, "select rolcreaterole from pg_roles where rolname = current_user")
    owner = "select pg_get_userbyid(datdba) = current_user from pg_database where datname = 'vision3'"
    assert await fetchval(url, owner)


async def test_nobody_gets_in_without_the_password(postgres: Running) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(server(postgres).url("vision3_migrator", "guess"), timeout=10)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("listen_addresses", "127.0.0.1"),
        ("unix_socket_directories", ""),
        ("server_encoding", "UTF8"),
        ("log_error_verbosity", "terse"),
    ],
)
async def test_it_is_durable_and_private(postgres: Running, setting: str, value: str) -> None:
    assert await fetchval(server(postgres).superuser_url, f"show {setting}") == value


def test_passwords_are_read_by_their_owner_only(postgres: Running) -> None:
    assert stat.S_IMODE((server(postgres).folder / "passwords.json").stat().st_mode) == 0o600


async def test_what_was_committed_survives_a_kill_on_the_same_port(postgres: Running) -> None:
    url = server(postgres).database_url
    await fetchval(url, "create table kept as select 7 as n")
    postgres.restart()
    assert await fetchval(url, "select n from kept") == 7


async def test_a_pid_file_that_names_a_stranger_is_no_obstacle(postgres: Running) -> None:
    """After a reboot the number may belong to any process, such as this one."""
    pid_file = server(postgres).data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    postgres.kill()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    postgres.restart()
    assert await fetchval(server(postgres).database_url, "select 1") == 1


def test_a_second_server_on_a_cluster_is_refused(postgres: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vision3.servers.cluster.DEPARTURE_S", 0.1)
    with pytest.raises(ServerError, match=f"process {postgres.pid}"), running(Postgres(server(postgres).folder)):
        pass


def test_a_server_that_cannot_start_says_why(tmp_path: Path, postgres: Running) -> None:
    second = Postgres(tmp_path, port=server(postgres).port)
    with pytest.raises(ServerError, match="Address already in use"), running(second):
        pass


PARENT = """
import sys, time
from pathlib import Path
from vision3.servers import Nats, Postgres, started
folder = Path(sys.argv[1])
with started(Postgres(folder / "postgres")) as postgres, started(Nats(folder / "nats")) as nats:
    print(postgres.pid, nats.pid, postgres.server.data, flush=True)
    time.sleep(60)
"""


def test_nothing_survives_a_parent_that_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    postmaster, nats_server, _ = parent.stdout.readline().split(maxsplit=2)
    pids = [int(postmaster), int(nats_server), *children(int(postmaster))]
    assert len(pids) > 4
    assert all(alive(pid) for pid in pids)
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    assert eventually(lambda: not any(alive(pid) for pid in pids)), [pid for pid in pids if alive(pid)]
    with running(Postgres(tmp_path / "postgres")), running(Nats(tmp_path / "nats")):
        """Both start again on what was left behind."""


@as_root
async def test_root_needs_no_folder_that_others_may_enter(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o700)
    with running(Postgres(locked / "postgres")) as postgres:
        assert await fetchval(postgres.database_url, "select 1") == 1


@as_root
async def test_without_namespaces_root_hands_over_to_an_account(tmp_path: Path) -> None:
    """The folder can't be entered by the account, so the cluster lies elsewhere, and goes when the folder has gone."""
    folder = tmp_path / "postgres"
    with started(Postgres(folder, identity=Account.named())) as process:
        postgres = server(process)
        assert await fetchval(postgres.database_url, "select 1") == 1
        assert owner_of(process.pid) == Account.named().uid
        elsewhere = postgres.data
        assert tmp_path not in elsewhere.parents
    shutil.rmtree(folder)
    forget_orphans()
    assert not elsewhere.exists()


@as_root
def test_root_is_never_whom_postgres_runs_as(tmp_path: Path) -> None:
    assert identity_for(tmp_path, Path("/usr")).spec != "same"


async def test_nats_keeps_its_streams_over_a_kill(tmp_path: Path) -> None:
    with started(Nats(tmp_path)) as process:
        assert isinstance(process.server, Nats)
        client = await nats.connect(process.server.url)
        await client.jetstream().add_stream(name="KEPT", subjects=["kept"])
        await client.jetstream().publish("kept", b"1")
        await client.close()
        process.restart()
        client = await nats.connect(process.server.url)
        assert (await client.jetstream().stream_info("KEPT")).state.messages == 1
        await client.close()


async def test_servers_work_in_a_folder_of_any_name(tmp_path: Path) -> None:
    folder = tmp_path / 'Dätä "für" $uns #1 ? %41 日本'
    with running(Nats(folder / "nats")) as server, running(Postgres(folder / "postgres")) as postgres:
        await (await nats.connect(server.url)).close()
        await (await asyncpg.connect(postgres.database_url)).close()
        assert (folder / "nats" / "jetstream").exists()


def test_nats_refuses_strangers(tmp_path: Path) -> None:
    with running(Nats(tmp_path)) as server, socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(b"CONNECT {}\r\nPING\r\n")
        with connection.makefile("rb") as answers:
            info, answer = answers.readline(), answers.readline()
    assert info.startswith(b"INFO")
    assert answer.startswith(b"-ERR 'Authorization Violation'")


def test_nats_syncs_before_it_acks(tmp_path: Path) -> None:
    server = Nats(tmp_path)
    server.prepare()
    config = tmp_path / "nats.conf"
    assert '"sync_interval": "always"' in config.read_text()
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
