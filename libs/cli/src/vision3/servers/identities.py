"""Under which user Postgres runs: it refuses root."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from vision3.servers.programs import Program, ServerError

PRIVATE = Path("/var/lib/vision3")
ACCOUNT = "nobody"


class Identity(Protocol):
    """A user, and where things lie that this user must reach."""

    @property
    def spec(self) -> str:
        """For become.py."""
        ...

    def binaries(self, install: Path) -> Path:
        """`install`, or a copy that the user can run."""
        ...

    def home(self, folder: Path) -> Path:
        """`folder`, or a stand-in that the user can enter: an existing folder of its own."""
        ...


@dataclass(frozen=True, slots=True)
class Ourselves:
    """No change of user, or one of name only."""

    spec: str = "same"

    def binaries(self, install: Path) -> Path:
        return install

    def home(self, folder: Path) -> Path:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder


@dataclass(frozen=True, slots=True)
class Account:
    """An unprivileged account. What it can't reach where it is goes to a private place that it can."""

    uid: int
    gid: int

    @classmethod
    def named(cls, name: str = ACCOUNT) -> Account:
        entry = pwd.getpwnam(name)
        return cls(entry.pw_uid, entry.pw_gid)

    @property
    def spec(self) -> str:
        return f"{self.uid}:{self.gid}"

    def binaries(self, install: Path) -> Path:
        """The copy is complete or absent: it is renamed into place."""
        if allows(self.spec, "-x", install / "bin" / "postgres"):
            return install
        copy = PRIVATE / f"{install.name}-{_digest(install)}"
        if not copy.exists():
            fresh = copy.with_name(f"{copy.name}.{os.getpid()}")
            shutil.copytree(install, fresh, symlinks=True)
            fresh.rename(copy)
        PRIVATE.chmod(0o711)
        return copy

    def home(self, folder: Path) -> Path:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.chown(folder, self.uid, self.gid)
        if allows(self.spec, "-w", folder):
            return folder
        forget_orphans()
        stand_in = PRIVATE / f"data-{_digest(folder)}"
        stand_in.mkdir(mode=0o700, parents=True, exist_ok=True)
        PRIVATE.chmod(0o711)
        stand_in.with_suffix(".origin").write_text(str(folder.absolute()))
        os.chown(stand_in, self.uid, self.gid)
        return stand_in


def forget_orphans() -> None:
    """Removes stand-ins of folders that are no more, such as a demo's temporary one."""
    for origin in PRIVATE.glob("data-*.origin"):
        if not Path(origin.read_text()).exists():
            shutil.rmtree(origin.with_suffix(""), ignore_errors=True)
            origin.unlink(missing_ok=True)


def _digest(path: Path) -> str:
    return hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:12]


def allows(spec: str, test: str, path: Path) -> bool:
    """Whether that user passes `test` (as the shell knows it: -x, -w) on the path; False too if it can't be had."""
    return Program(("/bin/sh", "-c", f'test {test} "$1"', "sh", str(path)), identity=spec).run().returncode == 0


@cache
def identity_for(folder: Path, install: Path) -> Identity:
    """Who runs the server: ourselves unless we are root; then a namespace where the kernel allows it, or an account."""
    if os.geteuid() != 0:
        return Ourselves()
    namespace = Ourselves("namespace")
    if allows(namespace.spec, "-w", namespace.home(folder)) and allows(namespace.spec, "-x", install / "bin/postgres"):
        return namespace
    try:
        return Account.named()
    except KeyError:
        raise ServerError(
            f"Postgres can't run as root: start as another user, or add the account '{ACCOUNT}'"
        ) from None
