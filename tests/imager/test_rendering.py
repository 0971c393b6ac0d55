"""Rendering a concept: what is stored, what a bad background costs, what a crash costs."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Awaitable, Callable

import pytest
from PIL import Image

from common.db import Database
from common.errors import Exhausted, Malformed, NotTried, Permanent, Refused, Transient
from common.events import ConceptProposed
from common.ids import uuid7
from common.keys import background_key
from common.outbox import Outbox
from common.storage import ObjectStore, StoreAway
from common.work import MAX_ATTEMPTS, VENDOR_MARGIN_S, LeaseHeld
from imager.decoding.decoder import Decoder
from imager.decoding.limits import Limits
from imager.handlers import Handlers
from imager.kept import packed, unpacked
from imager.providers.base import Background, Brief
from imager.providers.chain import Chain, Link
from imager.studio import Studio
from tests.imager.conftest import Imager
from tests.support.providers import HOSTILE, Scripted, alone, picture, slow
from tests.support.servers import TestDatabase
from tests.support.transactions import one_transaction_wrote
from vendors.errors import Failed


async def test_a_rendered_concept_has_its_picture_its_background_and_its_event(imager: Imager):
    await imager.render(picture())
    assert (await imager.state())["status"] == "RENDERED"
    (artifact,) = await imager.artifacts()
    metadata = json.loads(artifact["metadata"])
    stored = await imager.store.get(artifact["content"])
    assert stored is not None
    assert Image.open(io.BytesIO(stored)).size == (1280, 720)
    assert metadata["bytes"] == len(stored)
    assert (metadata["provider"], metadata["model"], metadata["cost_microcents"]) == ("scripted", "test", 4_000_000)
    assert (metadata["tries"], metadata["attempts"]) == (1, 1)
    kept = await imager.store.get(metadata["background_key"])
    assert kept is not None
    data, facts = unpacked(kept)
    assert data == picture()
    assert facts.items() <= metadata.items()
    assert await imager.events() == ["concept.rendered.v1"]


async def test_the_picture_the_concepts_end_and_its_event_are_one_transaction(imager: Imager):
    await imager.render(picture())
    concept, event = "concepts where status = 'RENDERED'", "outbox where source = 'vision3_imager'"
    assert await one_transaction_wrote(imager.owner, "artifacts where type = 'IMAGE'", concept, event)


@pytest.mark.parametrize("kind", HOSTILE)
async def test_a_bad_background_is_not_kept_and_another_is_asked_for(imager: Imager, kind: str):
    with pytest.raises(Failed):
        await imager.render(HOSTILE[kind]())
    assert (await imager.state())["status"] == "PROPOSED"
    assert await imager.store.get(background_key(imager.generation, imager.concept)) is None
    await imager.render(picture())
    assert (await imager.state())["status"] == "RENDERED"


async def test_what_pictures_of_no_use_cost_stands_with_the_one_that_came_in_their_place(imager: Imager):
    bad, good = Scripted([HOSTILE["blank"]()]), Scripted([picture()])
    chain = Chain([Link("bad", bad), Link("good", good)])
    handlers = Handlers(imager.db, Outbox("vision3/imager"), Studio(imager.store, imager.decoder, chain))
    await handlers.concept_proposed(ConceptProposed(concept_id=imager.concept, generation_id=imager.generation))
    (artifact,) = await imager.artifacts()
    metadata = json.loads(artifact["metadata"])
    assert (metadata["tries"], metadata["cost_microcents"]) == (2, 8_000_000)


@pytest.mark.parametrize("kind", HOSTILE)
async def test_bad_backgrounds_for_ever_fail_the_concept_with_their_reason(imager: Imager, kind: str):
    for _ in range(MAX_ATTEMPTS):
        with pytest.raises((Failed, Exhausted)):
            await imager.render(HOSTILE[kind]())
    state = await imager.state()
    assert state["status"] == "FAILED"
    assert state["failure_code"].startswith("background_")
    assert await imager.artifacts() == []
    assert await imager.events() == ["concept.failed.v1"]


async def test_a_background_that_takes_for_ever_to_decode_is_one_of_them(imager: Imager):
    imager.decoder = Decoder(1, Limits(wall_s=2.0))
    with pytest.raises(Failed, match="background_too_slow"):
        await imager.render(slow())
    assert await imager.store.get(background_key(imager.generation, imager.concept)) is None
    await imager.decoder.aclose()


@pytest.mark.parametrize("error", [Permanent("no_such_model", "…"), Refused("refused_by_safety", "…")])
async def test_a_final_no_of_the_vendor_is_asked_for_once(imager: Imager, error: Permanent):
    await imager.render(error)
    assert (await imager.state())["failure_code"] == error.code
    assert len(imager.provider.calls) == 1


async def test_no_picture_is_bought_for_a_headline_that_cannot_be_set(imager: Imager, only_packaged_fonts: None):
    await imager.owner.execute("update concepts set headline = $1", "\ue000 \ue001")
    await imager.render(picture())
    assert (await imager.state())["failure_code"] == "headline_not_settable"
    assert imager.provider.calls == []


async def test_a_passing_failure_gives_the_lease_back_and_comes_again(imager: Imager):
    with pytest.raises(Transient):
        await imager.render(Transient("vendor_busy", "…", retry_after_s=3))
    state = await imager.state()
    assert (state["status"], state["lease_token"], state["attempts"]) == ("PROPOSED", None, 1)
    await imager.render(picture())
    assert (await imager.state())["status"] == "RENDERED"


async def test_a_bug_counts_as_passing_until_the_attempts_are_used_up(imager: Imager):
    for _ in range(MAX_ATTEMPTS - 1):
        with pytest.raises(ZeroDivisionError):
            await imager.render(ZeroDivisionError())
    with pytest.raises(Exhausted):
        await imager.render(ZeroDivisionError())
    assert (await imager.state())["failure_code"] == "internal_error"
    assert await imager.events() == ["concept.failed.v1"]


async def test_a_worker_that_always_dies_uses_the_attempts_up_too(imager: Imager):
    await imager.owner.execute("update concepts set attempts = $1", MAX_ATTEMPTS)
    with pytest.raises(Exhausted):
        await imager.render(picture())
    assert (await imager.state())["failure_code"] == "attempts_exhausted"
    assert imager.provider.calls == []


async def test_a_background_that_was_paid_for_is_not_bought_again_and_says_what_it_cost(imager: Imager):
    facts = {"provider": "dear", "model": "one", "cost_microcents": 7, "provider_ms": 8_000, "tries": 2}
    await imager.store.put(background_key(imager.generation, imager.concept), packed(picture(), facts))
    await imager.render(Permanent("must_not_be_asked", "…"))
    assert (await imager.state())["status"] == "RENDERED"
    assert imager.provider.calls == []
    (artifact,) = await imager.artifacts()
    assert facts.items() <= json.loads(artifact["metadata"]).items()


async def test_one_that_an_earlier_version_kept_is_used_too(imager: Imager):
    await imager.store.put(background_key(imager.generation, imager.concept), picture())
    await imager.render(Permanent("must_not_be_asked", "…"))
    assert (await imager.state())["status"] == "RENDERED"


async def test_one_that_is_damaged_is_asked_for_again(imager: Imager):
    await imager.store.put(background_key(imager.generation, imager.concept), packed(picture()[:3_000], {}))
    await imager.render(picture())
    assert (await imager.state())["status"] == "RENDERED"
    assert len(imager.provider.calls) == 1


async def test_one_that_the_store_does_not_take_is_held_until_it_does(imager: Imager):
    class Failing(ObjectStore):
        puts = 0

        async def put(self, key: str, data: bytes) -> None:
            self.puts += 1
            if self.puts < 3:
                raise StoreAway("refused")
            await super().put(key, data)

    imager.store.__class__ = Failing
    await imager.render(picture())
    assert (await imager.state())["status"] == "RENDERED"
    assert len(imager.provider.calls) == 1


async def test_but_not_beyond_its_deadline(imager: Imager):
    class Away(ObjectStore):
        async def put(self, key: str, data: bytes) -> None:
            raise StoreAway("refused")

    imager.store.__class__ = Away
    await imager.owner.execute("update generations set deadline_at = now() + interval '6 seconds'")
    async with asyncio.timeout(5):
        with pytest.raises(StoreAway):
            await imager.render(picture())


async def test_who_may_not_be_asked_yet_costs_no_attempt(imager: Imager):
    for _ in range(MAX_ATTEMPTS + 1):
        with pytest.raises(NotTried) as wait:
            await imager.render(NotTried("provider_quota", "…", retry_after_s=7))
        assert wait.value.retry_after_s == 7
    assert (await imager.state())["attempts"] == 0
    await imager.render(picture())
    assert (await imager.state())["status"] == "RENDERED"


async def test_the_same_event_again_changes_nothing(imager: Imager):
    for _ in range(3):
        await imager.render(picture())
    assert len(await imager.artifacts()) == 1
    assert await imager.events() == ["concept.rendered.v1"]


async def test_a_concept_that_another_worker_holds_is_left_until_its_lease_ends(imager: Imager):
    await imager.owner.execute(
        "update concepts set lease_token = $1, lease_until = now() + interval '7 seconds'", uuid7()
    )
    with pytest.raises(LeaseHeld) as held:
        await imager.render(picture())
    assert 6 < (held.value.retry_after_s or 0) < 7.5


class Meanwhile(Scripted):
    """Something happens while it paints."""

    def __init__(self, happens: Callable[[], Awaitable[object]], *answers: bytes | Exception) -> None:
        super().__init__(list(answers or [picture()]))
        self.happens = happens

    async def paint(self, brief: Brief, *, timeout_s: float) -> Background:
        await self.happens()
        return await super().paint(brief, timeout_s=timeout_s)


async def render_with(imager: Imager, provider: Scripted) -> None:
    handlers = Handlers(imager.db, Outbox("vision3/imager"), Studio(imager.store, imager.decoder, alone(provider)))
    await handlers.concept_proposed(ConceptProposed(concept_id=imager.concept, generation_id=imager.generation))


ENDED = "update concepts set status = 'FAILED' where id = $1"
TAKEN_OVER = "update concepts set lease_token = gen_random_uuid(), lease_until = now() + interval '10 s' where id = $1"


@pytest.mark.parametrize("answer", [picture(), Permanent("too_late", "…")], ids=["picture", "failure"])
@pytest.mark.parametrize("event", [ENDED, TAKEN_OVER], ids=["ended", "taken over"])
async def test_what_comes_for_a_concept_that_is_not_ours_any_more_is_discarded(
    imager: Imager, event: str, answer: bytes | Exception
):
    await render_with(imager, Meanwhile(lambda: imager.owner.execute(event, imager.concept), answer))
    state = await imager.state()
    assert state["status"] == ("FAILED" if event == ENDED else "PROPOSED")
    assert state["failure_code"] is None
    assert await imager.artifacts() == []
    assert await imager.events() == []


async def test_no_connection_is_held_while_a_vendor_paints(imager: Imager, database: TestDatabase):
    imager.db = Database(database.url("imager"), size=1)
    await imager.db.open()

    async def needs_it_too() -> None:
        async with imager.db.tx(budget_s=1.0) as tx:
            await tx.fetchval("select true")

    await render_with(imager, Meanwhile(needs_it_too))
    assert (await imager.state())["status"] == "RENDERED"
    await imager.db.close()


async def test_the_vendors_time_ends_before_the_deadline(imager: Imager):
    await imager.owner.execute("update generations set deadline_at = now() + interval '60 seconds'")
    await imager.render(picture())
    assert 50 < imager.provider.timeouts_s[0] <= 60 - VENDOR_MARGIN_S


async def test_a_generation_past_its_deadline_gets_no_more_pictures(imager: Imager):
    await imager.owner.execute("update generations set deadline_at = now()")
    await imager.render(picture())
    assert (await imager.state())["attempts"] == 0
    assert imager.provider.calls == []


async def test_no_vendor_is_asked_when_the_deadline_is_too_near(imager: Imager):
    await imager.owner.execute("update generations set deadline_at = now() + interval '4 seconds'")
    await imager.render(picture())
    assert (await imager.state())["failure_code"] == "deadline_exceeded"
    assert imager.provider.calls == []


async def test_a_concept_nobody_knows_is_malformed(imager: Imager):
    with pytest.raises(Malformed):
        await imager.handlers(picture()).concept_proposed(ConceptProposed(concept_id=uuid7(), generation_id=uuid7()))


async def test_a_machine_too_busy_to_warm_up_does_not_end_the_process(imager: Imager):
    decoder = Decoder(1, Limits(wall_s=0.0001))
    await Studio(imager.store, decoder, alone(Scripted([picture()]))).warm_up()
    await decoder.aclose()
