"""A NATS server with JetStream, for one machine."""

from __future__ import annotations

import socket
import sysconfig
from pathlib import Path

from vision3.secret_file import load_secrets, write_private
from vision3.servers.nats_config import OPERATOR, USERS, nats_settings, rendered
from vision3.servers.ports import HOST, free_port
from vision3.servers.programs import Program, ServerError


class Nats:
    """nats-server on the loopback, JetStream synced to disk before each ack.

    folder: holds the store, the generated configuration (with the passwords, 0600) and the log.
    """

    name = "nats"

    def __init__(self, folder: Path, *, port: int | None = None, log: Path | None = None) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.log = log or folder / "nats.log"

    @property
    def url(self) -> str:
        """As the operator, who may do everything."""
        return self.url_of(OPERATOR)

    def url_of(self, user: str) -> str:
        """With the credentials of a service, which may do what its part is (common/permissions.py)."""
        return f"nats://{user}:{self._passwords()[user]}@{HOST}:{self.port}"

    @property
    def store(self) -> Path:
        """What JetStream keeps; may be deleted while the server is down."""
        return self.folder / "jetstream"

    def prepare(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(self._config, rendered(self._settings()))

    def program(self) -> Program:
        # A soft ceiling makes Go return memory early: the whole system shares one small machine.
        arguments = ("--config", str(self._config), "--store_dir", str(self.store))
        return Program((str(_binary()), *arguments), env={"GOMEMLIMIT": "96MiB"})

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

    def _passwords(self) -> dict[str, str]:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return load_secrets(self.folder / "passwords.json", USERS)

    def _settings(self) -> dict[str, object]:
        return nats_settings(self._passwords(), host=HOST, port=self.port)


def _binary() -> Path:
    """The wheel puts it among the environment's scripts."""
    binary = Path(sysconfig.get_path("scripts")) / "nats-server"
    if not binary.exists():
        raise ServerError("nats-server is missing from the environment: run ./vision3 to install it")
    return binary
