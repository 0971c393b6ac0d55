"""Pictures are opened in children: the honest as they would be here, and what the others may cost."""

from __future__ import annotations

import asyncio
import os

import pytest

from imager.compose import BackgroundError, open_background
from imager.decoding.decoder import Decoder
from imager.decoding.limits import Limits
from tests.cli.processes import alive
from tests.imager.decoder_support import LARGE, Make, large, new_busy_worker, new_worker, refusal, until, workers
from tests.imager.test_compose_backgrounds import BAD
from tests.support.providers import picture, slow


@pytest.mark.parametrize("kind", LARGE)
async def test_an_honest_picture_of_20_megapixels_passes_as_it_would_here(decoder: Decoder, kind: str):
    opened = await decoder.open(large(kind))
    assert (opened.mode, opened.size) == ("RGB", (1280, 720))
    assert opened.tobytes() == open_background(large(kind)).tobytes()


async def test_a_refusal_is_the_same_as_here_and_costs_no_child(make: Make, known: set[int]):
    decoder = make(1)
    child = None
    for data, code in BAD.values():
        refused = await refusal(decoder, data)
        with pytest.raises(BackgroundError) as here:
            open_background(data)
        assert (refused.code, refused.detail) == (code, here.value.detail)
        child = child or await new_worker(known)
    assert workers(os.getpid()) - known == {child}


async def test_a_slow_picture_is_refused_in_time_and_others_pass_meanwhile(make: Make, known: set[int]):
    decoder = make(2, Limits(wall_s=5.0))
    slow_one = asyncio.create_task(refusal(decoder, slow()))
    busy = await new_busy_worker(known)
    for _ in range(5):
        await decoder.open(picture())
    assert not slow_one.done()
    async with asyncio.timeout(30):
        assert (await slow_one).code == "background_too_slow"
    await until(lambda: not alive(busy))


async def test_after_a_slow_picture_its_place_is_free_again(make: Make):
    decoder = make(1, Limits(wall_s=2.0))
    assert (await refusal(decoder, slow())).code == "background_too_slow"
    assert (await decoder.open(picture())).size == (1280, 720)


async def test_a_picture_that_takes_too_much_memory_is_refused_and_costs_no_child(make: Make, known: set[int]):
    decoder = make(1, Limits(memory_bytes=128 * 2**20))
    assert (await refusal(decoder, large("RGBA PNG"))).code == "background_too_large"
    child = await new_worker(known)
    await decoder.open(picture())
    assert workers(os.getpid()) - known == {child}
