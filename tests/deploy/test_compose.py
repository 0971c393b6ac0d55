"""docker-compose.yml held against the services' settings, the NATS users, and what every container should be."""

from __future__ import annotations

import asyncio
import os
import shlex
import stat
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from pydantic_settings import BaseSettings

from common.settings import ServiceSettings, load, variables
from tests.deploy import compose
from tests.deploy.matrix import SERVICES
from tests.deploy.nats_support import DeployedNats
from vendors.settings import VendorSettings
from vision3 import deployed_nats
from vision3.data_dir import CHECKOUT
from vision3.migration import bring_up_to_date
from vision3.servers import Nats, Postgres, running
from vision3.servers.nats_config import USERS
from vision3.servers.ports import HOST
from vision3.servers.postgres import INSTALL

every_service = pytest.mark.parametrize("service", SERVICES)
OWN = {"tools", "doctor", "forget", "migrate", *SERVICES}


@pytest.fixture(scope="module")
def reading() -> compose.Reading:
    return compose.read(compose.secrets_made())


def settings_of(service: str) -> type[ServiceSettings]:
    return __import__(f"{service}.settings", fromlist=["Settings"]).Settings


def every_settings_of(service: str) -> list[type[BaseSettings]]:
    """And those of the vendors that it calls."""
    vendors = [
        settings for settings in VendorSettings.__subclasses__() if settings.__module__.startswith(f"{service}.")
    ]
    return [settings_of(service), *vendors]


def test_the_whole_system_is_there(reading: compose.Reading):
    assert set(reading.services) == {"postgres", "nats", "store", "bucket", "prometheus", *OWN}
    optional = {name for name, service in reading.services.items() if "profiles" in service}
    assert optional == {"tools", "doctor", "forget", "prometheus"}


@pytest.mark.parametrize("name", sorted(compose.required()))
def test_without_a_required_variable_nothing_starts(name: str):
    environment = compose.secrets_made() | {name: ""}
    with pytest.raises(compose.MissingError, match=name):
        compose.read(environment)


def test_the_example_names_every_required_variable_and_no_unknown_one():
    assert compose.required() <= set(compose.example()) <= compose.required() | compose.optional()
    secret = {name for name in compose.example() if name.endswith(("_PASSWORD", "MEDIA_SECRET", "_KEY"))}
    secret = {name for name in secret if not name.endswith("API_KEY")}  # vendors give those
    assert {name for name, value in compose.example().items() if value == "generate"} == secret


def test_no_secret_stands_in_the_file():
    words = ("PASSWORD", "SECRET", "ACCESS_KEY")
    for line in compose.text().splitlines():
        name, _, value = line.strip().partition(": ")
        if any(word in name for word in words):
            assert "${VISION3_" in value, line


@every_service
def test_a_service_starts_with_what_it_is_given(
    service: str, reading: compose.Reading, monkeypatch: pytest.MonkeyPatch
):
    given = reading.environment(service) | image_environment()
    for name in [name for name in os.environ if name.startswith("VISION3_")]:
        monkeypatch.delenv(name)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings = load(settings_of(service))
    assert settings.http_host == "0.0.0.0"
    assert settings.http_port == 8000


@every_service
def test_a_service_is_given_every_variable_that_it_reads_and_no_other(service: str, reading: compose.Reading):
    """What .env sets and Compose does not pass on would have no effect, and nobody would be told."""
    known = {variable for settings in every_settings_of(service) for variable in variables(settings)}
    assert set(reading.environment(service)) | set(image_environment()) == known


@every_service
def test_a_service_comes_as_itself_to_postgres_and_nats(service: str, reading: compose.Reading):
    given = reading.environment(service)
    database, nats = urlsplit(given["VISION3_DATABASE_URL"]), urlsplit(given["VISION3_NATS_URL"])
    assert (database.username, database.hostname, database.path) == (f"vision3_{service}", "postgres", "/vision3")
    assert (nats.username, nats.hostname, nats.port) == (service, "nats", deployed_nats.PORT)
    assert database.password == reading.environment("migrate")[f"VISION3_{service.upper()}_DB_PASSWORD"]
    assert f'"{nats.password}"' == reading.environment("nats")[deployed_nats.password_variable(service)]


@every_service
def test_a_service_can_do_little_to_its_host(service: str, reading: compose.Reading):
    container = reading.services[service]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert "cap_add" not in container
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert set(container["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert "privileged" not in container
    assert not any(mount.startswith(("/", ".")) for mount in container.get("volumes", []))


@every_service
def test_a_service_is_watched_and_has_time_to_end(service: str, reading: compose.Reading):
    container = reading.services[service]
    assert "/readyz" in container["healthcheck"]["test"][-1]
    assert container["stop_grace_period"] == "20s"  # the bus takes 12 s at most, HTTP 5 s
    assert container["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert container["build"]["args"] == {"SERVICE": service}


def test_imagers_can_be_multiplied(reading: compose.Reading):
    assert not {"ports", "container_name"} & set(reading.services["imager"])


def test_nothing_is_published_but_what_browsers_and_vendors_reach_and_the_local_prometheus(reading: compose.Reading):
    published = {name: container["ports"] for name, container in reading.services.items() if "ports" in container}
    assert set(published) == {"gateway", "billing", "store", "prometheus"}
    assert published["prometheus"][0].startswith("127.0.0.1:")
    assert reading.networks["inside"] == {"internal": True}


def test_every_mounted_file_and_named_volume_exists(reading: compose.Reading):
    mounts = [mount for container in reading.services.values() for mount in container.get("volumes", [])]
    for source in (mount.split(":")[0] for mount in mounts):
        assert (CHECKOUT / source).exists() if source.startswith(".") else source in reading.volumes


def test_nats_runs_the_generated_configuration_with_every_password(reading: compose.Reading, tmp_path: Path):
    container = reading.services["nats"]
    mounted = {mount.split(":")[1]: mount.split(":")[0] for mount in container["volumes"]}
    arguments = dict(zip(container["command"][::2], container["command"][1::2], strict=True))
    assert (CHECKOUT / mounted[arguments["--config"]]) == deployed_nats.FILE
    assert arguments["--store_dir"] in mounted
    given = reading.environment("nats")
    assert {deployed_nats.password_variable(user) for user in USERS} == set(given) - {"GOMEMLIMIT"}
    binary = Nats(tmp_path).program().argv[0]
    checked = subprocess.run([binary, "-t", "--config", deployed_nats.FILE], env=given, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr


def test_the_generated_configuration_is_not_stale():
    assert deployed_nats.FILE.read_text() == deployed_nats.deployed()


def test_nats_says_that_it_is_well_where_compose_asks(reading: compose.Reading, bare_nats: DeployedNats):
    asked = reading.services["nats"]["healthcheck"]["test"][-1]
    assert urlsplit(asked).port == deployed_nats.MONITOR_PORT
    assert bare_nats.figures(urlsplit(asked).path[1:]) == {"status": "ok"}


async def test_the_init_script_makes_a_migrator_that_is_no_superuser(reading: compose.Reading, tmp_path: Path):
    """The script as the image runs it on a new cluster, then `migrate` as Compose runs it."""
    with running(Postgres(tmp_path / "postgres")) as server:
        await _as_the_image_leaves_it(server)
        await asyncio.to_thread(_run_init_script, server, reading.environment("postgres"))
        as_deployed = urlsplit(reading.environment("migrate")["VISION3_DATABASE_URL"])
        assert as_deployed.username is not None
        url = server.url(as_deployed.username, as_deployed.password or "", as_deployed.path[1:])
        assert await bring_up_to_date(url, {"gateway": "a-password"})
        migrator = await asyncpg.connect(url)
        assert not await migrator.fetchval("select rolsuper from pg_roles where rolname = current_user")
        await migrator.close()
        gateway = await asyncpg.connect(server.url("vision3_gateway", "a-password"))
        await gateway.close()


async def _as_the_image_leaves_it(server: Postgres) -> None:
    admin = await asyncpg.connect(server.url("postgres", urlsplit(server.superuser_url).password or "", "postgres"))
    for statement in ("drop database vision3", "drop role vision3_migrator", "create database vision3"):
        await admin.execute(statement)
    await admin.close()


def _run_init_script(server: Postgres, environment: dict[str, str]) -> None:
    script = CHECKOUT / "deploy" / "postgres" / "10-migrator.sh"
    assert script.stat().st_mode & stat.S_IXOTH
    place = {"PGHOST": HOST, "PGPORT": str(server.port), "PGPASSWORD": urlsplit(server.superuser_url).password or ""}
    path = {"PATH": f"{INSTALL / 'bin'}:{os.environ['PATH']}"}
    subprocess.run([script], env=environment | path | place, check=True, capture_output=True)


def image_environment() -> dict[str, str]:
    """The VISION3_ variables that the image itself sets."""
    lines = (CHECKOUT / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    pairs = (word.split("=", 1) for line in lines if line.startswith("ENV ") for word in shlex.split(line[4:]))
    return {name: value for name, value in pairs if name.startswith("VISION3_")}
