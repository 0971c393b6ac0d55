"""A stand-in for Gemini's images in a process of its own: slow, and failing as often as it is told.

`python -m benchmarks.vendor PORT [--latency S] [--faults] [--retry-after S]`. SIGUSR1: it is dead from now on; SIGUSR2:
it lives. GET /count tells what it was asked, as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import random
import signal
import time
from dataclasses import replace

from PIL import Image

from benchmarks.fixed_imager import picture
from tests.support.vendors import gemini
from tests.support.vendors.server import Reply, Request, StandIn, serving

SHARES = {"5xx": 0.20, "429": 0.05, "hang": 0.05, "garbage": 0.02}


class Vendor:
    def __init__(self, latency_s: float, retry_after: str, *, faults: bool) -> None:
        self.latency_s, self.retry_after, self.faults = latency_s, retry_after, faults
        self.dead = False
        self.calls: list[float] = []
        self.good = 0
        self.most_under_way = 0
        self.inner = gemini.gemini_images(photograph_of())
        self.dice = random.Random(7)

    def answer(self, request: Request) -> Reply:
        if request.path == "/count":
            return Reply.json({"calls": self.calls, "good": self.good, "most": self.stand_in.most_under_way})
        self.calls.append(time.time())
        good = self.inner.answer(request)
        if self.dead:
            return gemini.failure(503, "UNAVAILABLE")
        return self._with_faults(replace(good, wait_s=self.latency_s))

    def _with_faults(self, good: Reply) -> Reply:
        thrown = self.dice.random() if self.faults else 1.0
        for fault, share in SHARES.items():
            if thrown < share:
                return self._fault(fault)
            thrown -= share
        self.good += 1
        return good

    def _fault(self, fault: str) -> Reply:
        match fault:
            case "5xx":
                return replace(gemini.failure(self.dice.choice([500, 503]), "UNAVAILABLE"), wait_s=self.latency_s / 2)
            case "429":
                return Reply(b"{}", 429, {"Retry-After": self.retry_after})
            case "hang":
                return Reply(how="hang")
        return self.dice.choice([Reply(b"<html>", wait_s=self.latency_s), gemini.answered([{"text": "no"}])])

    async def run(self, port: int) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, lambda: setattr(self, "dead", True))
        loop.add_signal_handler(signal.SIGUSR2, lambda: setattr(self, "dead", False))
        self.stand_in = StandIn(self.answer)
        async with serving(self.stand_in, port):
            await asyncio.Event().wait()


def photograph_of() -> bytes:
    """As large as what Gemini sends: a PNG of about a megabyte."""
    data = io.BytesIO()
    Image.open(io.BytesIO(picture())).quantize(128).save(data, "PNG")
    return data.getvalue()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--latency", type=float, default=1.0)
    parser.add_argument("--retry-after", default="2")
    parser.add_argument("--faults", action="store_true")
    options = parser.parse_args()
    asyncio.run(Vendor(options.latency, options.retry_after, faults=options.faults).run(options.port))
