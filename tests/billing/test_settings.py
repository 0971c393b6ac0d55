"""Billing's environment is checked at start."""

from __future__ import annotations

import pytest

from billing.plans import Plan
from billing.settings import Settings
from common.settings import SettingsError, load

COMMON = {
    "VISION3_DATABASE_URL": "postgresql://vision3_billing:x@127.0.0.1/vision3",
    "VISION3_NATS_URL": "nats://127.0.0.1:1",
    "VISION3_HTTP_PORT": "0",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch):
    for name, value in COMMON.items():
        monkeypatch.setenv(name, value)


def test_packs_are_read_from_json(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VISION3_PACKS", '{"1001": 50, "1002": 120}')
    assert load(Settings).shop.packs == {1001: 50, 1002: 120}


def test_plans_are_read_from_json(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VISION3_PLANS", '{"2001": {"tier": "pro", "credits": 1000, "free_grants": true}}')
    assert load(Settings).shop.plans == {2001: Plan(tier="pro", credits=1000, free_grants=True)}


@pytest.mark.parametrize(
    "plan",
    [
        '{"tier": "free", "credits": 1}',
        '{"tier": "gold", "credits": 1}',
        '{"tier": "pro"}',
        '{"credits": 5}',
        '{"tier": "pro", "credits": 0}',
        '{"tier": "pro", "credits": "200"}',
        '{"tier": "pro", "credits": 200, "free_grants": "no"}',
        '{"tier": "pro", "credits": 200, "period": "month"}',
        "200",
    ],
)
def test_plans_that_make_no_sense_end_the_start(monkeypatch: pytest.MonkeyPatch, plan: str):
    monkeypatch.setenv("VISION3_PLANS", f'{{"2001": {plan}}}')
    with pytest.raises(SettingsError, match="VISION3_PLANS"):
        load(Settings)


def test_a_variant_that_is_both_a_plan_and_a_pack_ends_the_start(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VISION3_PACKS", '{"1001": 50, "1002": 50}')
    monkeypatch.setenv("VISION3_PLANS", '{"1002": {"tier": "pro", "credits": 1}}')
    with pytest.raises(SettingsError, match=r"VISION3_PLANS: .*VISION3_PACKS.*1002"):
        load(Settings)


@pytest.mark.parametrize("days", ["-1", "1.5", "a week", "61"])
def test_a_grace_that_makes_no_sense_ends_the_start(monkeypatch: pytest.MonkeyPatch, days: str):
    monkeypatch.setenv("VISION3_PAYMENT_GRACE_DAYS", days)
    with pytest.raises(SettingsError, match="VISION3_PAYMENT_GRACE_DAYS"):
        load(Settings)


def test_without_settings_nothing_is_sold_and_no_secret_is_known():
    settings = load(Settings)
    assert settings.packs == {}
    assert settings.lemonsqueezy_webhook_secret is None
    assert settings.shop.test_mode is False


@pytest.mark.parametrize(
    "packs",
    ['{"1001": 0}', '{"1001": -5}', '{"1001": "50"}', '{"1001": 1.5}', '{"1001": true}', '{"x": 5}', "[1]", "{"],
)
def test_packs_that_make_no_sense_end_the_start(monkeypatch: pytest.MonkeyPatch, packs: str):
    monkeypatch.setenv("VISION3_PACKS", packs)
    with pytest.raises(SettingsError, match="VISION3_PACKS"):
        load(Settings)


@pytest.mark.parametrize("secret", ["12345", "x" * 41])
def test_a_secret_outside_of_the_vendors_limits_ends_the_start_without_being_shown(
    monkeypatch: pytest.MonkeyPatch, secret: str
):
    monkeypatch.setenv("VISION3_LEMONSQUEEZY_WEBHOOK_SECRET", secret)
    with pytest.raises(SettingsError, match="WEBHOOK_SECRET") as error:
        load(Settings)
    assert secret not in str(error.value)


def test_an_empty_secret_is_no_secret(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VISION3_LEMONSQUEEZY_WEBHOOK_SECRET", "")
    assert load(Settings).lemonsqueezy_webhook_secret is None


def test_a_key_of_the_vendors_needs_the_store_that_sells(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VISION3_LEMONSQUEEZY_API_KEY", "a-key")
    with pytest.raises(SettingsError, match=r"^VISION3_LEMONSQUEEZY_API_KEY: .*VISION3_LEMONSQUEEZY_STORE_ID"):
        load(Settings)
    monkeypatch.setenv("VISION3_LEMONSQUEEZY_STORE_ID", "4711")
    assert load(Settings).lemonsqueezy_api_key is not None


def test_the_vendors_address_is_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VISION3_LEMONSQUEEZY_API_URL", "api.lemonsqueezy.com")
    with pytest.raises(SettingsError, match="VISION3_LEMONSQUEEZY_API_URL"):
        load(Settings)
