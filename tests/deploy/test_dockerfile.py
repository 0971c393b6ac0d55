"""The Dockerfile: two stages, one service, no root, nothing to build with."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from tests.deploy import compose
from tests.deploy.matrix import SERVICES
from vision3.data_dir import CHECKOUT

TEXT = (CHECKOUT / "Dockerfile").read_text()
LINES = [line for line in TEXT.replace("\\\n", " ").splitlines() if line and not line.lstrip().startswith("#")]
FINAL = LINES[[n for n, line in enumerate(LINES) if line.startswith("FROM ")][-1] :]


def words(instruction: str, lines: list[str] = LINES) -> list[str]:
    return [line.split(None, 1)[1] for line in lines if line.startswith(f"{instruction} ")]


def test_there_are_two_stages_on_the_same_python():
    assert words("FROM") == ["python:${PYTHON} AS build", "python:${PYTHON}"]


def test_the_final_image_gets_what_others_wrote_and_what_we_wrote_as_two_layers():
    assert words("COPY", FINAL) == ["--from=build /opt/venv /opt/venv", "--from=build /opt/vision3 /opt/vision3"]


def test_the_final_image_has_nothing_to_build_with():
    runs = " ".join(words("RUN", FINAL))
    assert not re.search(r"\b(gcc|build-essential|uv|git|curl)\b", runs)
    assert "pip uninstall" in runs
    assert "pip install" not in runs


def test_it_runs_as_a_user_without_a_name_for_root():
    assert words("USER", FINAL) == ["10001:10001"]


def test_it_writes_nothing_beside_its_volumes():
    environment = " ".join(words("ENV", FINAL))
    assert "PYTHONDONTWRITEBYTECODE=1" in environment
    assert words("WORKDIR", FINAL) == ["/tmp"]


def test_every_hash_of_the_lock_counts():
    """`uv pip compile` would take hashes from the index; as constraints of `install` the lock's own are checked."""
    install = next(
        run for run in words("RUN") if "--constraint requirements.lock --requirements" in " ".join(run.split())
    )
    assert "--no-deps" in install
    assert "--no-verify-hashes" not in TEXT
    assert "--generate-hashes" not in TEXT


def test_only_the_imager_needs_packages_of_the_system():
    (run,) = (run for run in words("RUN", FINAL) if "apt-get" in run)
    assert run.startswith('if [ "${SERVICE}" = imager ]')
    wanted = (CHECKOUT / ".ci" / "run").read_text()
    for package in ("libfribidi0", "fonts-noto-core", "fonts-noto-cjk", "fonts-noto-color-emoji"):
        assert package in run
        assert package in wanted


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_is_a_member_that_starts_by_its_name(service: str):
    assert words("CMD", FINAL) == ['["sh", "-c", "exec python -P -m ${SERVICE}.app"]']
    member = CHECKOUT / "services" / service
    assert tomllib.loads((member / "pyproject.toml").read_text())["project"]["name"] == f"vision3-{service}"
    assert (member / "src" / service / "app.py").exists()


def test_what_is_not_copied_is_not_sent_to_the_engine():
    allowed = [line[1:] for line in (CHECKOUT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    copied = [word for line in words("COPY") if "--from" not in line for word in line.split()[:-1]]
    assert sorted(allowed) == sorted(copied)


@contextmanager
def answering(status: int) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status if self.path in {"/livez", "/readyz"} else 404)
            self.end_headers()

        def log_message(self, *_):
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def health_commands() -> list[list[str]]:
    (own,) = words("HEALTHCHECK", FINAL)
    in_image = json.loads(own[own.index("[") :])
    in_compose = compose.read(compose.secrets_made()).services["gateway"]["healthcheck"]["test"][1:]
    return [in_image, in_compose]


@pytest.mark.parametrize("command", health_commands(), ids=["image", "compose"])
@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_health_is_what_the_service_answers(command: list[str], status: int, healthy: bool):
    with answering(status) as port:
        code = command[-1].replace(":8000", f":{port}")
        result = subprocess.run([sys.executable, *command[1:-1], code], capture_output=True, text=True)
    assert (result.returncode == 0) == healthy, result.stderr


def test_health_is_bad_when_nobody_answers():
    for command in health_commands():
        unanswered = [sys.executable, *command[1:-1], command[-1].replace(":8000", ":1")]
        assert subprocess.run(unanswered, capture_output=True).returncode != 0
