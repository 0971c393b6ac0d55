"""The folder that one system lives in, and the lock that keeps a second one out."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vision3.errors import CommandError

CHECKOUT = Path(__file__).resolve().parents[4]
DEFAULT = CHECKOUT / ".data"


@dataclass(frozen=True, slots=True)
class DataDir:
    """Where everything lies. `root` is absolute."""

    root: Path

    @classmethod
    def at(cls, path: Path) -> DataDir:
        return cls(path.absolute())

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def nats(self) -> Path:
        return self.root / "nats"

    @property
    def objects(self) -> Path:
        return self.root / "objects"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets.json"

    @property
    def identity_key(self) -> Path:
        return self.root / "identity.pem"

    @property
    def state(self) -> Path:
        return self.root / "vision3.json"

    def log(self, name: str) -> Path:
        return self.root / "logs" / f"{name}.log"

    def create(self) -> None:
        """Entered by its owner only, but for Postgres' account where root needs one: names inside stay private."""
        self.root.mkdir(mode=0o711, parents=True, exist_ok=True)
        for folder in (self.objects, self.root / "logs"):
            folder.mkdir(mode=0o700, exist_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """For as long as the system runs. The kernel lets go of the lock however the process ends."""
        self.create()
        with (self.root / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CommandError(
                    f"another system runs on {self.root}: stop it, or choose a folder with --data"
                ) from None
            yield

    def in_use(self) -> bool:
        """Whether a system runs here."""
        try:
            with (self.root / "lock").open() as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False
