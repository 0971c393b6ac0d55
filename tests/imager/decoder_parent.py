"""A process to be killed: it has a child that is idle and one that is busy for minutes, and prints their ids."""

from __future__ import annotations

import asyncio
import os
import signal

from imager.decoding.decoder import Decoder
from imager.decoding.limits import Limits
from tests.imager.decoder_support import new_busy_worker, new_worker
from tests.support.providers import picture, slow

ALARM_IN_SECONDS = Limits(wall_s=5.0)


async def main() -> None:
    decoder = Decoder(2, ALARM_IN_SECONDS)
    await decoder.open(picture())
    idle = await new_worker(set())
    asyncio.get_running_loop().create_task(decoder.open(slow()))
    busy = await new_busy_worker({idle})
    print(idle, busy, flush=True)  # noqa: T201
    os.kill(os.getpid(), signal.SIGSTOP)  # its own limit must not end the child


if __name__ == "__main__":
    asyncio.run(main())
