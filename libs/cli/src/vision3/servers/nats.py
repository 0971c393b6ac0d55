"""A NATS server with JetStream, for one machine."""

from __future__ import annotations

import json
import socket
import sysconfig
from pathlib import Path

from vision3.secret_file import load_secrets, write_private
from vision3.servers.ports import HOST, free_port
from vision3.servers.programs import Program, ServerError

USER = "vision3"
MEMORY_STORE_BYTES = 32 * 1024**2
FILE_STORE_BYTES = 2 * 1024**3


class Nats:
    """nats-server on the loopback, JetStream synced to disk before each ack.

    folder: holds the store, the generated configuration (with the password, 0600) and the log.
    """

    name = "nats"

    def __init__(self, folder: Path, *, port: int | None = None, log: Path | None = None) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.log = log or folder / "nats.log"

    @property
    def url(self) -> str:
        """With the credentials."""
        return f"nats://{USER}:{self._password()}@{HOST}:{self.port}"

    @property
    def store(self) -> Path:
        """What JetStream keeps; may be deleted while the server is down."""
        return self.folder / "jetstream"

    def prepare(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(self._config, json.dumps(self._settings(), indent=1, ensure_ascii=False))

    def program(self) -> Program:
        # A soft ceiling makes Go return memory early: the whole system shares one small machine.
        return Program((str(_binary()), "--config", str(self._config)), env={"GOMEMLIMIT": "96MiB"})

    def ready(self) -> bool:
        """The server greets with INFO once it takes clients."""
        try:
            with socket.create_connection((HOST, self.port), timeout=0.5) as connection:
                return connection.recv(4) == b"INFO"
        except OSError:
            return False

    @property
    def _config(self) -> Path:
        return self.folder / "nats.conf"

    def _password(self) -> str:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return load_secrets(self.folder / "passwords.json", [USER])[USER]

    def _settings(self) -> dict[str, object]:
        """The configuration language is nearly a superset of JSON: it knows no \\u in strings."""
        return {
            "server_name": "vision3",
            "host": HOST,
            "port": self.port,
            "max_payload": 1024**2,
            "max_connections": 1024,
            "authorization": {"user": USER, "password": self._password()},
            "jetstream": {
                "store_dir": str(self.store),
                "sync_interval": "always",
                "max_memory_store": MEMORY_STORE_BYTES,
                "max_file_store": FILE_STORE_BYTES,
            },
        }


def _binary() -> Path:
    """The wheel puts it among the environment's scripts."""
    binary = Path(sysconfig.get_path("scripts")) / "nats-server"
    if not binary.exists():
        raise ServerError("nats-server is missing from the environment: run ./vision3 to install it")
    return binary
