"""Several providers: who is asked, in which order, and what it means when none can."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from common.db import Database
from common.errors import NotTried, Permanent, Refused, Transient, WorkError
from common.settings import SettingsError, load
from imager.providers.base import Background, Brief
from imager.providers.chain import Chain, Link, Painted
from imager.providers.registry import PROVIDERS, chained
from imager.settings import Settings
from tests.imager.painters import BRIEF
from tests.support.providers import Scripted, picture
from vendors.errors import Failed, Paused, Unusable, refused, unavailable

PICTURE = picture()
LATER = NotTried("provider_quota", "…", retry_after_s=20)


async def as_it_is(painted: Painted) -> Painted:
    return painted


def chain_of(*answers: bytes | Exception | list[bytes | Exception], after_refusal: bool = False):
    scripted = [Scripted(answer if isinstance(answer, list) else [answer]) for answer in answers]
    links = [Link(str(number), provider) for number, provider in enumerate(scripted, 1)]
    return Chain(links, after_refusal=after_refusal), scripted


def asked(scripted: Sequence[Scripted]) -> list[int]:
    return [len(provider.calls) for provider in scripted]


async def failure(chain: Chain) -> WorkError:
    with pytest.raises(WorkError) as raised:
        await chain.paint(BRIEF, as_it_is, timeout_s=30)
    return raised.value


async def test_the_first_that_can_is_the_only_one_that_is_asked():
    chain, scripted = chain_of(PICTURE, PICTURE)
    painted = await chain.paint(BRIEF, as_it_is, timeout_s=30)
    assert (painted.background.data, painted.tries) == (PICTURE, 1)
    assert asked(scripted) == [1, 0]


@pytest.mark.parametrize(
    "no", [unavailable(), Paused(5), LATER, Unusable("provider_day_quota", "…"), Permanent("x", "…")]
)
async def test_the_next_one_is_asked_when_one_cannot(no: WorkError):
    chain, scripted = chain_of(no, no, PICTURE)
    painted = await chain.paint(BRIEF, as_it_is, timeout_s=30)
    assert painted.tries == 3
    assert asked(scripted) == [1, 1, 1]


async def test_what_a_safety_system_refused_goes_to_nobody_else():
    chain, scripted = chain_of(refused(), PICTURE)
    assert isinstance(await failure(chain), Refused)
    assert asked(scripted) == [1, 0]


async def test_unless_the_operator_wants_it():
    chain, scripted = chain_of(refused(), PICTURE, after_refusal=True)
    assert (await chain.paint(BRIEF, as_it_is, timeout_s=30)).background.data == PICTURE
    assert asked(scripted) == [1, 1]


async def test_a_picture_of_no_use_is_its_senders_failure():
    async def accept(painted: Painted) -> bytes:
        if painted.background.data == b"bad":
            raise Failed("background_blank", "…")
        return painted.background.data

    chain, scripted = chain_of(b"bad", PICTURE)
    assert await chain.paint(BRIEF, accept, timeout_s=30) == PICTURE
    assert asked(scripted) == [1, 1]


@pytest.mark.parametrize(
    ("failures", "kind", "code"),
    [
        ([LATER, Paused(5)], NotTried, "provider_busy"),  # the soonest
        ([Paused(50), LATER], NotTried, "provider_quota"),
        ([unavailable(), LATER], Failed, "provider_unavailable"),
        ([Permanent("a", "…"), LATER], NotTried, "provider_quota"),
        ([Permanent("a", "…"), unavailable()], Failed, "provider_unavailable"),
        ([Permanent("a", "…"), Permanent("b", "…")], Permanent, "b"),
        ([Transient("store_unavailable", "…"), Permanent("b", "…")], Transient, "store_unavailable"),
    ],
)
async def test_when_none_can_it_counts_whether_any_may_later(failures: list[WorkError], kind: type, code: str):
    chain, _ = chain_of(*failures)
    error = await failure(chain)
    assert (type(error), error.code) == (kind, code)


async def test_the_time_that_one_took_is_the_nexts_no_more():
    class Slow(Scripted):
        async def paint(self, brief: Brief, *, timeout_s: float) -> Background:
            self.timeouts_s.append(timeout_s)
            raise unavailable()

    first, second = Slow([]), Scripted([PICTURE])
    await Chain([Link("1", first), Link("2", second)]).paint(BRIEF, as_it_is, timeout_s=30)
    assert second.timeouts_s[0] < first.timeouts_s[0] <= 30


async def test_closing_it_closes_each_providers_connections():
    class Open(Scripted):
        closed = False

        async def aclose(self) -> None:
            self.closed = True

    providers = [Open([]), Open([])]
    await Chain([Link("1", providers[0]), Link("2", providers[1])]).aclose()
    assert [provider.closed for provider in providers] == [True, True]


KEYS = ("GEMINI_API_KEY", "OPENAI_API_KEY", "STABILITY_API_KEY", "VISION3_IMAGE_PROVIDERS")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "DATABASE_URL": "postgresql://x@y/z",
        "NATS_URL": "nats://x",
        "HTTP_PORT": "0",
        "STORE_URL": "file:///x",
    }.items():
        monkeypatch.setenv(f"VISION3_{name}", value)
    return monkeypatch


@pytest.mark.parametrize(
    ("given", "chosen"),
    [
        ({}, ("local",)),
        ({"GEMINI_API_KEY": ""}, ("local",)),
        ({"GEMINI_API_KEY": "k"}, ("gemini",)),
        ({"OPENAI_API_KEY": "k"}, ("openai",)),
        ({"STABILITY_API_KEY": "k", "GEMINI_API_KEY": "k", "OPENAI_API_KEY": "k"}, ("gemini", "openai", "stability")),
        ({"GEMINI_API_KEY": "k", "VISION3_IMAGE_PROVIDERS": "local"}, ("local",)),
        ({"VISION3_IMAGE_PROVIDERS": " openai, local "}, ("openai", "local")),
    ],
)
def test_a_key_chooses_its_vendor_unless_others_are_named(
    environment: pytest.MonkeyPatch, given: dict[str, str], chosen: tuple[str, ...]
):
    for name, value in given.items():
        environment.setenv(name, value)
    assert load(Settings).image_providers == chosen


@pytest.mark.parametrize("named", ["dall-e", "local,local", ",", "gemini,"])
def test_providers_that_do_not_exist_or_come_twice_are_refused_with_those_that_do(
    environment: pytest.MonkeyPatch, named: str
):
    environment.setenv("VISION3_IMAGE_PROVIDERS", named)
    with pytest.raises(SettingsError, match=r"VISION3_IMAGE_PROVIDERS: .*gemini, local, openai, sdwebui, stability"):
        load(Settings)


@pytest.mark.parametrize(
    ("provider", "wrong", "says"),
    [
        ("gemini", {}, "GEMINI_API_KEY: Field required"),
        ("openai", {}, "OPENAI_API_KEY: Field required"),
        ("openai", {"OPENAI_API_KEY": "k", "VISION3_OPENAI_IMAGE_SIZE": "1537x864"}, "VISION3_OPENAI_IMAGE_SIZE: "),
        ("stability", {"STABILITY_API_KEY": "k", "VISION3_STABILITY_MODEL": "x"}, "VISION3_STABILITY_MODEL: "),
        ("gemini", {"GEMINI_API_KEY": "k", "VISION3_GEMINI_IMAGE_MODEL": "../x"}, "VISION3_GEMINI_IMAGE_MODEL: "),
        ("gemini", {"GEMINI_API_KEY": "k", "VISION3_GEMINI_IMAGE_BASE_URL": "x"}, "VISION3_GEMINI_IMAGE_BASE_URL: "),
        ("sdwebui", {"VISION3_SDWEBUI_STEPS": "0"}, "VISION3_SDWEBUI_STEPS: "),
    ],
)
def test_a_vendors_setting_that_is_missing_or_wrong_is_named_at_start(
    environment: pytest.MonkeyPatch, provider: str, wrong: dict[str, str], says: str
):
    for name, value in wrong.items():
        environment.setenv(name, value)
    with pytest.raises(SettingsError) as refused_at_start:
        chained((provider,), Database("postgresql://nobody@127.0.0.1:1/none"), after_refusal=False)
    assert says in str(refused_at_start.value)


class Tiny:
    """All that a new provider needs."""

    async def paint(self, brief: Brief, *, timeout_s: float) -> Background:
        return Background(PICTURE, provider="tiny")

    async def check(self) -> None:
        pass

    async def aclose(self) -> None:
        pass


async def test_a_new_provider_is_a_class_and_a_line(environment: pytest.MonkeyPatch):
    environment.setitem(PROVIDERS, "tiny", lambda _db: Link("tiny", Tiny()))
    environment.setenv("VISION3_IMAGE_PROVIDERS", "tiny")
    names = load(Settings).image_providers
    chain = chained(names, Database("postgresql://nobody@127.0.0.1:1/none"), after_refusal=False)
    assert (await chain.paint(BRIEF, as_it_is, timeout_s=30)).background.provider == "tiny"
    await chain.aclose()
