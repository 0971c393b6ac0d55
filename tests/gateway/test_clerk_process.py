"""Clerk's door in the process as an operator starts it: what it says to its log, and a secret that is none."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.gateway.clerk_door import PATH
from tests.gateway.conftest import bearer
from tests.gateway.test_process import environment, until_alive
from tests.support import clerk
from vision3.servers.ports import free_port

EVENTS: list[tuple[object, int]] = [
    (clerk.user_created(), 204),
    (clerk.user_updated(email="new@example.com"), 204),
    (clerk.event("session.created", {"user": "eve@example.com"}), 204),
    (clerk.event("eve@example.com", {}), 204),
    (clerk.event("user.updated", {"id": 4, "email_addresses": "eve@example.com"}), 204),
    (clerk.user_deleted(), 204),
    (clerk.user_created(), 204),
]
PERSONAL = ("example.com", "user_alice", "Alice", "Baker", "192.0.2.7", "whsec_")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def http(settings: dict[str, Any], log: Path) -> Iterator[httpx2.Client]:
    """To a gateway that says all it can to its log."""
    port = free_port()
    told = settings | {"http_port": port, "clerk_webhook_secret": clerk.SECRET, "log_level": "DEBUG"}
    with log.open("wb") as output:
        command = [sys.executable, "-m", "gateway.app"]
        process = subprocess.Popen(command, env=environment(told), stdout=output, stderr=output)
    try:
        until_alive(port)
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            yield client
    finally:
        process.kill()
        process.wait()


def test_nothing_personal_is_logged(http: httpx2.Client, log: Path):
    for event, status in EVENTS:
        body = clerk.to_bytes(event)
        assert http.post(PATH, content=body, headers=clerk.headers(body)).status_code == status
    assert http.post(PATH, content=clerk.to_bytes(EVENTS[0][0]), headers={"svix-id": "Alice"}).status_code == 401
    assert http.get("/api/me", headers=bearer("alice")).status_code == 401
    said = log.read_text()
    assert [word for word in PERSONAL if word in said] == []
    lines = [line for line in map(json.loads, said.splitlines()) if line["event"].startswith("clerk.")]
    assert [(line["event"], line["type"], line.get("reason")) for line in lines] == [
        ("clerk.applied", "user.created", None),
        ("clerk.applied", "user.updated", None),
        ("clerk.ignored", "session.created", "unknown_event"),
        ("clerk.ignored", "", "unknown_event"),
        ("clerk.ignored", "user.updated", "wrong_payload"),
        ("clerk.applied", "user.deleted", None),
        ("clerk.known", "user.created", None),
    ]


def test_a_secret_that_is_none_ends_the_process_by_its_name(settings: dict[str, Any]):
    wrong = settings | {"clerk_webhook_secret": "whsec_that-is-none"}
    command = [sys.executable, "-m", "gateway.app"]
    ended = subprocess.run(command, env=environment(wrong), capture_output=True, text=True, timeout=30)
    assert ended.returncode == 2
    assert ended.stderr.startswith("VISION3_CLERK_WEBHOOK_SECRET: ")
    assert "that-is-none" not in ended.stdout + ended.stderr
