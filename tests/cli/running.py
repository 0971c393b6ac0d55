"""A command as a process, while the test's own loop goes on: services can work beside it."""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any

from tests.cli.test_commands import MAIN


class Command:
    def __init__(self, name: str, env: dict[str, str]) -> None:
        self._name = name
        self._env = {**os.environ, **env}

    async def __call__(self, *arguments: str, code: int = 0) -> tuple[str, str]:
        """What it prints, and what it says; it has to exit with that code."""
        command = [*MAIN, self._name, *arguments]
        process = await asyncio.create_subprocess_exec(
            *command, env=self._env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, err = await process.communicate()
        assert process.returncode == code, err.decode()
        return out.decode(), err.decode()

    async def json(self, *arguments: str) -> Any:
        return json.loads((await self(*arguments, "--json"))[0])
