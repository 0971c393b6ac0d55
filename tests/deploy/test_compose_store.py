"""The object store of docker-compose.yml: what it is started with, and that everyone means the same bucket and keys."""

from __future__ import annotations

import shlex
from typing import Any
from urllib.parse import urlsplit

import pytest

from common.store_settings import StoreSettings
from tests.deploy import compose
from tests.deploy.matrix import SERVICES

STORING = ("gateway", "imager", "retention", "forget")
ACCESS_KEY, SECRET_KEY = "the access key", "the secret key"
every_user = pytest.mark.parametrize("service", STORING)


@pytest.fixture(scope="module")
def reading() -> compose.Reading:
    keys = {"VISION3_STORE_ACCESS_KEY": ACCESS_KEY, "VISION3_STORE_SECRET_KEY": SECRET_KEY}
    return compose.read(compose.secrets_made() | keys)


@pytest.fixture
def arguments(reading: compose.Reading) -> list[str]:
    return reading.services["store"]["command"]


@every_user
def test_everyone_who_stores_reaches_the_bucket_that_is_made(service: str, reading: compose.Reading):
    settings = settings_of(reading, service)
    maker = reading.environment("bucket")
    assert settings.store_endpoint == maker["AWS_ENDPOINT_URL"]
    assert settings.store_region == maker["AWS_REGION"]
    (script,) = reading.services["bucket"]["command"]
    made = [words[words.index("--bucket") + 1] for words in commands(script)]
    assert made == [urlsplit(settings.store_url).netloc] * 2


def test_who_does_not_store_has_no_keys(reading: compose.Reading):
    for service in {*SERVICES, "tools", "migrate"} - set(STORING):
        assert not [name for name in reading.environment(service) if name.startswith("VISION3_STORE_")]


@pytest.mark.parametrize(
    ("service", "names"),
    [
        ("store", ("ROOT_ACCESS_KEY", "ROOT_SECRET_KEY")),
        ("bucket", ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")),
        *((service, ("VISION3_STORE_ACCESS_KEY", "VISION3_STORE_SECRET_KEY")) for service in STORING),
    ],
)
def test_everyone_has_the_same_keys(service: str, names: tuple[str, str], reading: compose.Reading):
    given = reading.environment(service)
    assert [given[name] for name in names] == [ACCESS_KEY, SECRET_KEY]


def test_the_store_listens_where_it_is_looked_for(reading: compose.Reading, arguments: list[str]):
    endpoint = urlsplit(settings_of(reading, "gateway").store_endpoint)
    asked = urlsplit(reading.services["store"]["healthcheck"]["test"][-1])
    port = option(arguments, "--port")
    assert endpoint.hostname == "store"
    assert [f":{endpoint.port}", f":{asked.port}"] == [port, port]
    assert reading.services["store"]["ports"] == [f"{endpoint.port}{port}"]
    assert option(arguments, "--health") == asked.path
    assert option(arguments, "--region") == settings_of(reading, "gateway").store_region


def test_browsers_are_sent_to_the_port_that_is_published(reading: compose.Reading):
    public = urlsplit(settings_of(reading, "gateway").store_public_endpoint)
    assert reading.services["store"]["ports"][0].startswith(f"{public.port}:")
    assert "outside" in reading.services["store"]["networks"]


def test_the_objects_are_the_stores_alone(reading: compose.Reading, arguments: list[str]):
    mounts = {name: c["volumes"] for name, c in reading.services.items() if "objects" in str(c.get("volumes"))}
    assert mounts == {"store": [f"objects:{arguments[-1]}"]}
    assert arguments[-2] == "posix"


def test_the_bucket_is_made_once_and_looked_for_afterwards(reading: compose.Reading):
    container = reading.services["bucket"]
    (script,) = container["command"]
    assert [words[:3] for words in commands(script)] == [
        ["aws", "s3api", "head-bucket"],
        ["aws", "s3api", "create-bucket"],
    ]
    assert (container["entrypoint"], container["restart"]) == (["sh", "-c"], "no")
    assert container["depends_on"] == {"store": {"condition": "service_healthy"}}


@every_user
def test_whoever_stores_waits_for_the_bucket(service: str, reading: compose.Reading):
    assert reading.services[service]["depends_on"]["bucket"] == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize("service", ["store", "bucket"])
def test_it_can_do_little_to_its_host(service: str, reading: compose.Reading):
    container = reading.services[service]
    assert (container["read_only"], container["cap_drop"]) == (True, ["ALL"])
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert set(container["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert "stop_grace_period" in container
    assert not container["image"].endswith(":latest")
    assert ":" in container["image"]


def settings_of(reading: compose.Reading, service: str) -> StoreSettings:
    given = reading.environment(service)
    fields = {f"VISION3_{name.upper()}": name for name in StoreSettings.model_fields}
    known: dict[str, Any] = {fields[name]: value for name, value in given.items() if name in fields}
    return StoreSettings(**known)


def commands(script: str) -> list[list[str]]:
    return [shlex.split(part) for part in script.split("||")]


def option(arguments: list[str], name: str) -> str:
    return arguments[arguments.index(name) + 1]
