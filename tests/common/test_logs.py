"""What a service writes to its log: one JSON object a line, with ids, and never what an error or a library quotes."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

CANARY = "canary-7f3a"

BEFORE = f"""
import asyncio, logging, structlog
from common.logs import configure
configure("bakery", "INFO")
log = structlog.get_logger()
canary = "{CANARY}"
"""


def written(script: str) -> list[dict[str, Any]]:
    """The lines of a process of its own, which ran this with its logs configured."""
    result = subprocess.run([sys.executable, "-c", BEFORE + script], capture_output=True, text=True, timeout=30)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert CANARY not in result.stdout
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_line_says_what_when_and_who():
    (line,) = written('log.info("bread.baked", loaf_id="1234")')
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "bread.baked", "level": "info", "service": "bakery", "loaf_id": "1234"}


def test_what_is_bound_to_the_work_is_on_every_line_of_it():
    lines = written(
        """
structlog.contextvars.bind_contextvars(generation_id="1234")
log.info("one")
log.warning("two")
"""
    )
    assert [line["generation_id"] for line in lines] == ["1234", "1234"]


@pytest.mark.parametrize("call", ['log.exception("failed")', 'log.error("failed", exc_info=True)',
                                  'log.error("failed", exc_info=error)'])  # fmt: skip
def test_an_exception_is_its_type_and_place_without_its_message(call: str):
    (line,) = written(
        f"""
def bake():
    raise ValueError(canary)
try:
    bake()
except ValueError as error:
    {call}
"""
    )
    assert (line["error"], line["level"]) == ("ValueError", "error")
    assert line["where"][-1].endswith(" bake")


def test_what_an_exception_was_caused_by_is_not_quoted_either():
    (line,) = written(
        """
try:
    try:
        raise KeyError(canary)
    except KeyError as cause:
        raise RuntimeError(canary) from cause
except RuntimeError:
    log.exception("failed")
"""
    )
    assert line["error"] == "RuntimeError"


def test_a_librarys_line_comes_without_its_arguments():
    (line,) = written('logging.getLogger("asyncpg").warning("row %s of %s", canary, {"prompt": canary})')
    assert (line["event"], line["logger"], line["template"]) == ("library", "asyncpg", "row %s of %s")
    assert (line["level"], line["service"]) == ("warning", "bakery")


def test_a_librarys_exception_comes_without_its_message():
    (line,) = written(
        """
try:
    raise ValueError(canary)
except ValueError:
    logging.getLogger("nats").exception("failed: %s", canary)
"""
    )
    assert (line["template"], line["error"]) == ("failed: %s", "ValueError")


def test_a_task_that_nobody_awaited_is_told_without_its_message():
    (line,) = written(
        """
import gc
async def fail():
    raise ValueError(canary)
async def main():
    task = asyncio.create_task(fail())
    await asyncio.sleep(0)
    del task
    gc.collect()
asyncio.run(main())
"""
    )
    assert (line["logger"], line["error"]) == ("asyncio", "ValueError")


def test_a_library_that_logs_an_object_does_not_show_it():
    (line,) = written('logging.getLogger("vendor").error(ValueError(canary))')
    assert line["logger"] == "vendor"


def test_a_line_break_in_a_value_does_not_make_a_second_line():
    (line,) = written(r'log.info("one", code="a\nb\u2028c")')
    assert line["code"] == "a\nb\u2028c"


def test_what_is_below_the_level_is_not_written():
    assert written('log.debug("quiet"); logging.getLogger("nats").info("quiet")') == []
