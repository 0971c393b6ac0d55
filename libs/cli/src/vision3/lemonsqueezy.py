"""The stand-in LemonSqueezy beside a system, for trying purchases. It lies with the tests: only a checkout has it."""

from __future__ import annotations

import os
from functools import partial

import httpx2

from vision3.data_dir import CHECKOUT, DataDir
from vision3.errors import CommandError
from vision3.jobs import answers, python
from vision3.keeper import Job

NAME = "lemonsqueezy"
MODULE = "tests.support.lemonsqueezy"
TOLD = ("WEBHOOK_SECRET", "API_KEY", "STORE_ID", "TEST_MODE")


def ensure_it_is_here() -> None:
    """Raises CommandError where only the packages are installed."""
    if not (CHECKOUT / MODULE.replace(".", "/") / "__main__.py").exists():
        raise CommandError("--with-lemonsqueezy needs the project's tests/ folder: run it from a checkout")


def stand_in(data: DataDir, url: str, billing_url: str, billing: dict[str, str], client: httpx2.AsyncClient) -> Job:
    """`billing`: the environment of the service, whose counterpart this is."""
    names = [f"VISION3_LEMONSQUEEZY_{name}" for name in TOLD] + ["VISION3_PLANS", "VISION3_PACKS"]
    path = os.pathsep.join(filter(None, (str(CHECKOUT), os.environ.get("PYTHONPATH"))))
    env = {name: billing[name] for name in names} | {"PYTHONPATH": path}
    program = python(MODULE, url.rpartition(":")[2], f"{billing_url}/webhooks/lemonsqueezy", env=env)
    return Job(NAME, data.log(NAME), lambda: program, partial(answers, client, url))
