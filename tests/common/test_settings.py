"""Settings from the environment: an error names the variable, never the value."""

from __future__ import annotations

import pytest

from common.settings import ServiceSettings, SettingsError, load

CANARY = "canary-7f3a"
GOOD = {
    "VISION3_DATABASE_URL": f"postgresql://vision3_gateway:{CANARY}@localhost:5432/vision3",
    "VISION3_NATS_URL": "nats://localhost:4222",
    "VISION3_HTTP_PORT": "8080",
}


class Bakery(ServiceSettings):
    oven_secret: str
    oven_limit: int = 3


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_the_environment_is_read(environment: pytest.MonkeyPatch):
    environment.setenv("VISION3_LOG_LEVEL", "warning")
    settings = load(ServiceSettings)
    assert settings.http_port == 8080
    assert settings.database_url == GOOD["VISION3_DATABASE_URL"]
    assert settings.log_level == "WARNING"


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_or_empty_variable_is_named(environment: pytest.MonkeyPatch, name: str, value: str | None):
    environment.delenv(name) if value is None else environment.setenv(name, value)
    with pytest.raises(SettingsError) as error:
        load(ServiceSettings)
    assert str(error.value) == f"{name}: Field required"


def test_every_wrong_variable_has_its_line(environment: pytest.MonkeyPatch):
    environment.setenv("VISION3_HTTP_PORT", "65536")
    environment.setenv("VISION3_LOG_LEVEL", "LOUD")
    with pytest.raises(SettingsError) as error:
        load(Bakery)
    names = [line.partition(":")[0] for line in str(error.value).splitlines()]
    assert sorted(names) == ["VISION3_HTTP_PORT", "VISION3_LOG_LEVEL", "VISION3_OVEN_SECRET"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VISION3_DATABASE_URL", f"mysql://user:{CANARY}@localhost/vision3"),
        ("VISION3_DATABASE_URL", f"postgresql://user:{CANARY}@localhost:port/vision3"),
        ("VISION3_DATABASE_URL", CANARY),
        ("VISION3_HTTP_PORT", CANARY),
        ("VISION3_LOG_LEVEL", CANARY),
        ("VISION3_STATEMENT_CACHE_SIZE", f"-1{CANARY}"),
    ],
)
def test_a_wrong_value_is_not_shown(environment: pytest.MonkeyPatch, name: str, value: str):
    environment.setenv(name, value)
    with pytest.raises(SettingsError) as error:
        load(ServiceSettings)
    assert str(error.value).startswith(f"{name}: ")
    assert CANARY not in str(error.value)
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__


def test_a_service_adds_its_own_and_is_not_asked_for_anothers(environment: pytest.MonkeyPatch):
    environment.setenv("VISION3_OVEN_SECRET", CANARY)
    environment.setenv("VISION3_CLERK_ISSUER", "https://elsewhere")
    assert load(Bakery).oven_secret == CANARY
    assert "clerk_issuer" not in Bakery.model_fields
