"""The children of a decoder: what they are given, and that each end of one is survived and none is outlived."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from imager.decoding.child import GLIBC, KEPT_VARIABLES, ChildNotStarted
from imager.decoding.decoder import Decoder
from imager.decoding.limits import Limits
from tests.cli.processes import alive, eventually
from tests.imager.decoder_support import Make, large, new_busy_worker, new_worker, refusal, until, workers
from tests.support.providers import picture, slow


async def test_a_picture_whose_child_is_killed_gets_another(make: Make, known: set[int]):
    opening = asyncio.create_task(make(1).open(large("RGBA PNG")))
    os.kill(await new_busy_worker(known), signal.SIGKILL)
    assert (await opening).size == (1280, 720)


async def test_a_picture_that_kills_two_children_is_refused(make: Make, known: set[int]):
    decoder = make(1, Limits(wall_s=60.0))
    refused = asyncio.create_task(refusal(decoder, slow()))
    for _ in range(2):
        child = await new_busy_worker(known)
        os.kill(child, signal.SIGSEGV)
        known.add(child)
    assert (await refused).code == "background_undecodable"
    assert (await decoder.open(picture())).size == (1280, 720)


async def test_a_child_killed_between_two_pictures_costs_neither(make: Make, known: set[int]):
    decoder = make(1)
    await decoder.open(picture())
    os.kill(await new_worker(known), signal.SIGKILL)
    assert (await decoder.open(picture())).size == (1280, 720)


async def test_idle_children_that_were_all_killed_are_held_against_no_picture(make: Make, known: set[int]):
    """It is paid for, and would be thrown away."""
    decoder = make(2)
    await asyncio.gather(*(decoder.open(picture()) for _ in range(4)))
    children = workers(os.getpid()) - known
    for child in children:
        os.kill(child, signal.SIGKILL)
    await until(lambda: not any(map(alive, children)))
    assert (await decoder.open(picture())).size == (1280, 720)


async def test_whoever_is_cancelled_leaves_a_free_place_and_no_busy_child(make: Make, known: set[int]):
    decoder = make(1, Limits(wall_s=60.0))
    opening = asyncio.create_task(decoder.open(slow()))
    busy = await new_busy_worker(known)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert (await decoder.open(picture())).size == (1280, 720)
    await until(lambda: not alive(busy))


async def test_closing_leaves_no_child_not_even_a_zombie(known: set[int]):
    decoder = Decoder(2)
    await asyncio.gather(*(decoder.open(picture()) for _ in range(4)))
    assert len(workers(os.getpid()) - known) == 2
    await decoder.aclose()
    assert workers(os.getpid()) <= known


async def test_children_see_no_secrets_dump_no_core_and_go_first_when_memory_runs_out(
    make: Make, known: set[int], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("VISION3_STORE_SECRET_KEY", "hush")
    monkeypatch.setenv("GEMINI_API_KEY", "hush")
    await make(1).open(picture())
    child = Path(f"/proc/{await new_worker(known)}")
    names = {line.partition("=")[0] for line in (child / "environ").read_text().split("\0") if line}
    assert names <= {*KEPT_VARIABLES, *GLIBC}
    limits = {line[:26].strip(): line[26:].split()[:2] for line in (child / "limits").read_text().splitlines()}
    assert limits["Max core file size"] == ["0", "0"]
    assert limits["Max data size"] == [str(Limits().memory_bytes)] * 2
    assert (child / "oom_score_adj").read_text() == "1000\n"


async def test_a_child_that_does_not_start_is_held_against_no_picture(make: Make, monkeypatch: pytest.MonkeyPatch):
    decoder = make(1)
    with monkeypatch.context() as broken:
        broken.setattr(sys, "executable", "/bin/false")
        with pytest.raises(ChildNotStarted):
            await decoder.open(picture())
    assert (await decoder.open(picture())).size == (1280, 720)


def test_no_child_outlives_a_parent_that_is_killed():
    command = [sys.executable, "-m", "tests.imager.decoder_parent"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        try:
            assert parent.stdout is not None
            idle, busy = (int(pid) for pid in parent.stdout.readline().split())
            assert alive(idle)
            assert alive(busy)
        finally:
            parent.kill()
    assert eventually(lambda: not alive(idle), within_s=5)
    assert eventually(lambda: not alive(busy), within_s=30)
