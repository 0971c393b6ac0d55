"""`python -m tests.fuzz [--cases 5000] [--seed N]`: exit 1 when an answer is not what the document says.

No 5xx, no status, header, body or media type that is not documented, no method that is answered by mistake, nothing
without a token, nothing after it was deleted. A failure names the seed, and the request as a curl command.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from tests.support.credits import with_credits
from tests.support.whole_system import WholeSystem, whole_system
from vision3.data_dir import CHECKOUT
from vision3.generation import Timings, follow

DOCUMENT = CHECKOUT / "docs" / "api" / "openapi.json"
CONFIG = Path(__file__).parent / "schemathesis.toml"
USER = "fuzz"
CREDITS = 200
"""So many pictures are made at the most; then the answer is 402."""

CASES_FOR_ONE_MORE = 18
"""Schemathesis counts examples for an operation, and makes so many cases of each further one for all together."""

UNLIMITED = {"VISION3_USER_PER_MINUTE": "1000000", "VISION3_ADDRESS_PER_MINUTE": "1000000000"}


async def known(system: WholeSystem) -> dict[str, object]:
    """A user with credits, and what they have: parameters by the path that they belong to."""
    async with await with_credits(system, USER, CREDITS) as client:
        accepted = await client.generate("7 mistakes beginners make when baking bread", count=3)
        generation = await follow(client, accepted.generation_id, lambda _: None, Timings())
    one = [{"path": {"generation_id": str(generation.id)}}]
    return {
        "data_dir": str(system.folder),
        "user": USER,
        "there": {
            "/api/generations/{generation_id}": one,
            "/api/generations/{generation_id}/events": one,
            "/api/generations/{generation_id}/download": one,
            "/api/artifacts/{artifact_id}/edit": [{"path": {"artifact_id": str(a.id)}} for a in generation.artifacts],
            "/media/{artifact_id}": [
                {"path": {"artifact_id": str(image.id)}, "query": dict(parse_qsl(urlsplit(image.url).query))}
                for image in generation.images
            ],
        },
    }


def schemathesis(system: WholeSystem, cases: int, seed: int, folder: Path) -> int:
    told = folder / "known.json"
    told.write_text(json.dumps(asyncio.run(known(system))), encoding="utf-8")
    command = [Path(sys.executable).parent / "schemathesis", "--config-file", CONFIG, "run", DOCUMENT,
               "--url", system.state.gateway_url, "--max-examples", cases // CASES_FOR_ONE_MORE,
               "--seed", seed]  # fmt: skip
    environment = {"SCHEMATHESIS_HOOKS": "tests.fuzz.hooks", "FUZZED": str(told), "PYTHONPATH": str(CHECKOUT)}
    environment |= os.environ
    return subprocess.run([str(part) for part in command], cwd=CHECKOUT, env=environment, check=False).returncode


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description="Hold the running API against its document."
    )
    parser.add_argument("--cases", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as name,
        whole_system(Path(name) / "system", "--with-lemonsqueezy", env=UNLIMITED) as system,
    ):
        return schemathesis(system, chosen.cases, chosen.seed, Path(name))


if __name__ == "__main__":
    sys.exit(main())
