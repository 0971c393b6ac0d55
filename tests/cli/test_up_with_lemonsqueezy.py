"""The stand-in LemonSqueezy beside a system, and billing as its counterpart, with stand-ins for the services."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_up import NAMES, STATE_KEYS, Up, start, stop, write_services
from vision3 import lemonsqueezy
from vision3.environment import SERVICES
from vision3.errors import CommandError


@pytest.fixture(scope="module")
def selling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    services = tmp_path_factory.mktemp("services")
    write_services(services)
    selling = start(services, tmp_path_factory.mktemp("selling") / "data", "--with-lemonsqueezy")
    yield selling
    assert stop(selling) == 0


def test_with_the_shop_billing_is_its_counterpart(selling: Up) -> None:
    assert list(selling.pids) == [*NAMES, "lemonsqueezy"]
    assert selling.state.keys() == STATE_KEYS | {"lemonsqueezy_url"}
    settings = selling.settings("billing")
    assert settings["VISION3_LEMONSQUEEZY_API_URL"] == selling.state["lemonsqueezy_url"]
    for name in ("API_KEY", "WEBHOOK_SECRET", "STORE_ID", "TEST_MODE"):
        assert settings[f"VISION3_LEMONSQUEEZY_{name}"]
    for service in SERVICES:
        assert ("VISION3_LEMONSQUEEZY_API_KEY" in selling.settings(service)) == (service == "billing")


def test_the_shop_is_open_and_takes_billings_key(selling: Up) -> None:
    url, key = selling.state["lemonsqueezy_url"], selling.settings("billing")["VISION3_LEMONSQUEEZY_API_KEY"]
    headers = {"Authorization": f"Bearer {key}", "Accept": "application/vnd.api+json"}
    with urllib.request.urlopen(urllib.request.Request(f"{url}/v1/orders", headers=headers)) as answer:
        assert json.load(answer)["data"] == []


def test_where_the_tests_are_not_the_shop_is_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(lemonsqueezy, "CHECKOUT", tmp_path)
    with pytest.raises(CommandError, match="run it from a checkout"):
        lemonsqueezy.ensure_it_is_here()
