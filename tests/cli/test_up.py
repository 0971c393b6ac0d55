"""The whole system on one machine, from the command line, with stand-ins for the services."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import jwt
import nats
import pytest

from tests.cli.processes import alive, children, eventually
from vision3.environment import SERVICES

NAMES = ["postgres", "nats", "identity", "gateway", "orchestrator", "imager-1", "imager-2", "billing", "retention"]
STATE_KEYS = {
    "gateway_url",
    "billing_url",
    "identity_url",
    "nats_url",
    "database_url",
    "service_database_urls",
    "data_dir",
    "processes",
}

STAND_IN = """
import json, os, pathlib
from http.server import BaseHTTPRequestHandler, HTTPServer
port = os.environ["VISION3_HTTP_PORT"]
settings = {name: value for name, value in os.environ.items() if name.startswith("VISION3_")}
pathlib.Path(__file__).with_name(f"settings-{port}.json").write_text(json.dumps(settings))
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"ready": true, "dependencies": {"postgres": true, "nats": true}}')
    def log_message(self, *_): pass
HTTPServer(("127.0.0.1", int(port)), Handler).serve_forever()
"""


@dataclass
class Up:
    """A running `vision3 up`."""

    process: subprocess.Popen[str]
    data: Path
    services: Path

    @property
    def state(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads((self.data / "vision3.json").read_text())
        return document

    @property
    def pids(self) -> dict[str, int | None]:
        return {process["name"]: process["pid"] for process in self.state["processes"]}

    def settings(self, service: str) -> dict[str, str]:
        """As the service was started last: other systems have left their files there."""
        newest = max((self.services / service).glob("settings-*.json"), key=lambda file: file.stat().st_mtime_ns)
        settings: dict[str, str] = json.loads(newest.read_text())
        return settings


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Packages that are found before the real services."""
    folder = tmp_path_factory.mktemp("services")
    write_services(folder)
    return folder


def write_services(folder: Path) -> None:
    for service in SERVICES:
        (folder / service).mkdir()
        (folder / service / "__init__.py").touch()
        (folder / service / "app.py").write_text(STAND_IN)


def environment(services: Path) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("VISION3_")}
    return {**ours, "PYTHONPATH": str(services), "VISION3_LOG_LEVEL": "DEBUG"}


def vision3(services: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from vision3.main import main; main()", *arguments]
    return subprocess.run(command, env=environment(services), capture_output=True, text=True, timeout=60)


def start(services: Path, data: Path, *options: str) -> Up:
    ours = ["up", "--port", "0", "--data", str(data), *options]
    command = [sys.executable, "-c", "from vision3.main import main; main()", *ours]
    with (data.parent / f"{data.name}.log").open("w") as log:
        process = subprocess.Popen(
            command, env=environment(services), stdout=subprocess.PIPE, stderr=log, text=True, cwd=data.parent
        )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert re.fullmatch(r"ready http://127\.0\.0\.1:\d+\n", line), (data.parent / f"{data.name}.log").read_text()
    return Up(process, data, services)


def stop(up: Up) -> int:
    up.process.send_signal(signal.SIGINT)
    up.process.communicate(timeout=30)
    return up.process.returncode


@pytest.fixture(scope="module")
def up(services: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    up = start(services, tmp_path_factory.mktemp("up") / "data")
    yield up
    assert stop(up) == 0


def test_the_state_file_is_private_and_complete(up: Up) -> None:
    assert stat.S_IMODE((up.data / "vision3.json").stat().st_mode) == 0o600
    assert up.state.keys() == STATE_KEYS
    assert up.state["service_database_urls"].keys() == set(SERVICES)
    assert list(up.pids) == NAMES


def test_the_pids_are_those_of_its_children(up: Up) -> None:
    assert sorted(pid for pid in up.pids.values() if pid) == sorted(children(up.process.pid))


@pytest.mark.parametrize("service", SERVICES)
async def test_each_service_has_a_database_role_of_its_own(up: Up, service: str) -> None:
    connection = await asyncpg.connect(up.state["service_database_urls"][service])
    assert await connection.fetchval("select current_user::text") == f"vision3_{service}"
    await connection.close()


async def test_the_bus_answers_at_the_published_address(up: Up) -> None:
    client = await nats.connect(up.state["nats_url"])
    assert (await client.jetstream().account_info()).streams == 0
    await client.close()


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_told_what_it_needs(up: Up, service: str) -> None:
    settings = up.settings(service)
    assert settings["VISION3_DATABASE_URL"] == up.state["service_database_urls"][service]
    nats_url, operator_url = urlsplit(settings["VISION3_NATS_URL"]), urlsplit(up.state["nats_url"])
    assert (nats_url.username, nats_url.port) == (service, operator_url.port)
    assert settings["VISION3_HTTP_HOST"] == "127.0.0.1"
    assert settings["VISION3_LOG_LEVEL"] == "DEBUG", "the caller's own environment wins"
    assert ("VISION3_STORE_URL" in settings) == (service in {"gateway", "imager", "retention"})
    assert ("VISION3_MEDIA_SECRET" in settings) == (service == "gateway")
    assert ("VISION3_LEMONSQUEEZY_WEBHOOK_SECRET" in settings) == (service == "billing")
    assert not any("API" in name for name in settings), "nobody asked for a shop"


def test_a_token_is_one_that_the_gateway_would_accept(up: Up, services: Path) -> None:
    printed = vision3(services, "token", "--user", "alice", "--data", str(up.data))
    assert printed.returncode == 0, printed.stderr
    settings = up.settings("gateway")
    with urllib.request.urlopen(settings["VISION3_CLERK_JWKS_URL"]) as answer:
        key = jwt.PyJWKSet.from_dict(json.load(answer)).keys[0]
    issuer = settings["VISION3_CLERK_ISSUER"]
    claims = jwt.decode(printed.stdout.strip(), key, algorithms=["RS256"], issuer=issuer)
    assert claims["azp"] == settings["VISION3_CLERK_AUTHORIZED_PARTIES"] == up.state["gateway_url"]


@pytest.mark.parametrize("name", ["imager-2", "nats", "postgres", "identity"])
def test_what_is_killed_comes_back_under_a_new_pid(up: Up, name: str) -> None:
    before = up.pids[name]
    assert before is not None
    os.kill(before, signal.SIGKILL)
    assert eventually(lambda: up.pids[name] not in {before, None})
    assert not alive(before)


def test_a_second_system_on_the_same_data_is_refused(up: Up, services: Path) -> None:
    second = vision3(services, "up", "--data", str(up.data), "--port", "0")
    assert second.returncode == 1
    assert "another system runs on" in second.stderr
    assert second.stdout == ""


def test_a_port_that_is_taken_is_refused(up: Up, services: Path, tmp_path: Path) -> None:
    port = up.state["gateway_url"].rpartition(":")[2]
    second = vision3(services, "up", "--data", str(tmp_path / "data"), "--port", port)
    assert second.returncode == 1
    assert f"port {port} is taken" in second.stderr


def test_a_killed_system_leaves_nothing_and_starts_again(services: Path, tmp_path: Path) -> None:
    up = start(services, tmp_path / "data")
    pids = [pid for pid in up.pids.values() if pid is not None]
    pids += [grandchild for pid in pids for grandchild in children(pid)]
    webhook_secret = up.settings("billing")["VISION3_LEMONSQUEEZY_WEBHOOK_SECRET"]
    up.process.kill()
    up.process.communicate()
    assert eventually(lambda: not any(alive(pid) for pid in pids))
    stale = vision3(services, "token", "--data", str(up.data))
    assert (stale.returncode, "nothing runs on" in stale.stderr) == (1, True)
    up = start(services, tmp_path / "data")
    assert up.settings("billing")["VISION3_LEMONSQUEEZY_WEBHOOK_SECRET"] == webhook_secret
    pids = [pid for pid in up.pids.values() if pid is not None]
    assert stop(up) == 0
    assert not any(alive(pid) for pid in pids)
    assert not (up.data / "vision3.json").exists()


def test_a_service_that_cannot_start_is_a_clear_error(services: Path, tmp_path: Path) -> None:
    broken = tmp_path / "services"
    broken.mkdir()
    write_services(broken)
    (broken / "billing" / "app.py").write_text("raise SystemExit('no secret')")
    failed = vision3(broken, "up", "--data", str(tmp_path / "data"), "--port", "0")
    assert failed.returncode == 1
    assert "billing did not start" in failed.stderr
    assert "no secret" in failed.stderr
    assert "ready" not in failed.stdout
