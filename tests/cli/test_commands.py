"""The command line: wrong usage is 2, failure is 1, and either says why on stderr."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

MAIN = [sys.executable, "-c", "from vision3.main import main; main()"]


def vision3(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*MAIN, *arguments], capture_output=True, text=True, timeout=60, env={**os.environ, **(env or {})}
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["up", "--port", "70000"],
        ["up", "--imagers", "-1"],
        ["generate"],
        ["generate", "   "],
        ["generate", "bread", "--count", "9"],
        ["generate", "bread", "--type", "poem"],
        ["generate", "bread", "--type", "title", "--count", "3"],
        ["demo", ""],
        ["generate", "bread \udcff"],
        ["generate", "bread", "--user", "\udcff"],
        ["generate", "bread", "--out", "/dev/null/pictures"],
        ["demo", "bread", "--count", "two"],
        ["demo", "bread", "--out", "/dev/null/pictures"],
    ],
)
def test_wrong_usage_exits_2(arguments: list[str]) -> None:
    result = vision3(*arguments)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr


@pytest.mark.parametrize("arguments", [["token"], ["generate", "bread"]])
def test_what_needs_a_running_system_says_how_to_start_one(arguments: list[str], tmp_path: Path) -> None:
    result = vision3(*arguments, "--data", str(tmp_path))
    assert result.returncode == 1
    assert result.stderr == f"vision3: nothing runs on {tmp_path}: start it with ./vision3 up --data {tmp_path}\n"


@pytest.mark.parametrize("command", [["up"], ["status"], ["token"], ["demo", "bread"]])
def test_a_data_directory_that_is_a_file_is_one_sentence(command: list[str], tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    result = vision3(*command, "--data", str(file))
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(f"vision3: {file}")
    assert result.stderr.count("\n") == 1


def test_migrate_asks_for_its_database() -> None:
    result = vision3("migrate", env={"VISION3_DATABASE_URL": ""})
    assert (result.returncode, "VISION3_DATABASE_URL is not set" in result.stderr) == (1, True)


def test_migrate_says_that_there_is_no_server() -> None:
    result = vision3("migrate", env={"VISION3_DATABASE_URL": "postgresql://nobody:x@127.0.0.1:1/none"})
    assert (result.returncode, "can't be migrated" in result.stderr) == (1, True)


@pytest.mark.parametrize("command", ["demo", "up", "generate", "token", "credits", "migrate", "test", "check"])
def test_every_command_explains_itself(command: str) -> None:
    result = vision3(command, "--help")
    assert result.returncode == 0
    assert "Usage" in result.stdout


def test_arguments_of_test_go_to_pytest_as_they_are() -> None:
    result = vision3("test", "--version", "-p", "no:cacheprovider")
    assert result.returncode == 0
    assert "pytest" in result.stdout + result.stderr
