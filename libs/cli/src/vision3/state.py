"""`vision3.json`: what runs, where, and under which process ids, for people and programs that want to talk to it."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vision3.data_dir import DEFAULT, DataDir
from vision3.errors import CommandError
from vision3.secret_file import write_private


@dataclass(frozen=True, slots=True)
class State:
    """Holds credentials (`nats_url`, `database_url`, `service_database_urls`): the file's mode is 0600.

    `lemonsqueezy_url`: of the stand-in, where one runs.
    """

    gateway_url: str
    billing_url: str
    identity_url: str
    nats_url: str
    database_url: str
    service_database_urls: Mapping[str, str]
    data_dir: str
    lemonsqueezy_url: str | None = None


def publish(state: State, pids: Mapping[str, int | None]) -> None:
    """Replaces the file. A pid is None while the process waits for its next start."""
    processes = [{"name": name, "pid": pid} for name, pid in pids.items()]
    places = {name: value for name, value in dataclasses.asdict(state).items() if value is not None}
    document = {**places, "processes": processes}
    write_private(DataDir(Path(state.data_dir)).state, json.dumps(document, indent=1) + "\n")


def load(data: DataDir) -> State:
    """The state of the system that runs on `data`."""
    if not data.in_use():
        raise CommandError(f"nothing runs on {data.root}: start it with ./vision3 up --data {data.root}")
    if not data.state.exists():
        raise CommandError(f"the system on {data.root} is still starting: try again in a moment")
    document = json.loads(data.state.read_text())
    return State(**{field.name: document.get(field.name) for field in dataclasses.fields(State)})


@dataclass(frozen=True, slots=True)
class Place:
    """A system to look after: Postgres and NATS, as someone who may do everything there.

    system: the one on this machine, when it is one that `vision3 up` runs.
    """

    database_url: str
    nats_url: str
    system: State | None = None


def place(folder: Path | None) -> Place:
    """The system in that folder; without one, what VISION3_DATABASE_URL and VISION3_NATS_URL name, if they are set."""
    database_url, nats_url = os.environ.get("VISION3_DATABASE_URL"), os.environ.get("VISION3_NATS_URL")
    if folder is None and database_url and nats_url:
        return Place(database_url, nats_url)
    system = load(DataDir.at(folder or DEFAULT))
    return Place(system.database_url, system.nats_url, system)


def database_url(folder: Path | None) -> str:
    """The database of the system in that folder; without one, what VISION3_DATABASE_URL names, if it is set."""
    named = os.environ.get("VISION3_DATABASE_URL")
    return named if folder is None and named else load(DataDir.at(folder or DEFAULT)).database_url
