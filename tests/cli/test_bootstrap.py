"""The bootstrap script, as far as it goes without installing anything."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from vision3.data_dir import CHECKOUT

TOOLS = ("sh", "cat", "cksum", "dirname", "mkdir", "rm", "sleep")
INSTALLED_VISION3 = '#!/bin/sh\necho "ran with $# arguments: $*"\n'
FAKE_UV = """#!/bin/sh
echo "$*" >>"{journal}"
case "$1" in
  venv)
    for folder; do :; done
    mkdir -p "$folder/bin" && cp "{python}" "$folder/bin/python" && cp "{vision3}" "$folder/bin/vision3" ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with one member, and a folder `bin` that is the whole PATH."""
    (tmp_path / "libs/common").mkdir(parents=True)
    (tmp_path / "services/gateway").mkdir(parents=True)
    for member in ("libs/common", "services/gateway"):
        (tmp_path / member / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "requirements.lock").write_text("nothing==1\n")
    shutil.copy(CHECKOUT / "vision3", tmp_path / "vision3")
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found is not None
        (tmp_path / "bin" / tool).symlink_to(found)
    return tmp_path


def script(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path


def give_python_and_uv(checkout: Path) -> None:
    """Stand-ins: a Python that is new enough, and a uv that notes what it is asked for."""
    python = script(checkout / "bin" / "python3", "#!/bin/sh\necho python3\n")
    vision3 = script(checkout / "installed", INSTALLED_VISION3)
    script(checkout / "bin" / "uv", FAKE_UV.format(journal=checkout / "journal", python=python, vision3=vision3))
    (checkout / "bin" / "cp").symlink_to(shutil.which("cp") or "")


def run(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(checkout / "bin/sh"), str(checkout / "vision3"), *arguments]
    return subprocess.run(command, env={"PATH": str(checkout / "bin")}, capture_output=True, text=True, timeout=30)


def asked_of_uv(checkout: Path) -> list[str]:
    return [line.split(" --")[0] for line in (checkout / "journal").read_text().splitlines()]


@pytest.mark.parametrize("shell", ["sh", "dash", "bash"])
def test_every_shell_understands_it(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")
    assert subprocess.run([shell, "-n", CHECKOUT / "vision3"]).returncode == 0


def test_without_python_it_says_what_to_install(checkout: Path) -> None:
    result = run(checkout, "demo")
    assert result.returncode == 1
    assert "Python 3.11 or newer is needed" in result.stderr


def test_without_pip_it_says_what_to_install(checkout: Path) -> None:
    script(checkout / "bin" / "python3", '#!/bin/sh\n[ "$1" = -c ] && echo "$0"\n')
    result = run(checkout, "demo")
    assert result.returncode == 1
    assert "pip is missing" in result.stderr


def test_the_first_time_it_makes_the_environment_from_the_lock(checkout: Path) -> None:
    give_python_and_uv(checkout)
    result = run(checkout, "demo", "a prompt")
    assert result.stdout == "ran with 2 arguments: demo a prompt\n"
    assert asked_of_uv(checkout) == ["venv", "pip sync", "pip install"]
    assert "preparing the environment" in result.stderr


def test_the_second_time_it_only_hands_over(checkout: Path) -> None:
    give_python_and_uv(checkout)
    run(checkout)
    (checkout / "journal").write_text("")
    result = run(checkout, "up")
    assert (result.stdout, result.stderr) == ("ran with 1 arguments: up\n", "")
    assert asked_of_uv(checkout) == []


@pytest.mark.parametrize("changed", ["requirements.lock", "libs/common/pyproject.toml"])
def test_it_installs_again_when_an_input_changed(checkout: Path, changed: str) -> None:
    give_python_and_uv(checkout)
    run(checkout)
    (checkout / "journal").write_text("")
    with (checkout / changed).open("a") as file:
        file.write("# changed\n")
    run(checkout)
    assert asked_of_uv(checkout) == ["pip sync", "pip install"]


def test_two_at_once_install_once(checkout: Path) -> None:
    """Also where there is no flock."""
    give_python_and_uv(checkout)
    command = [str(checkout / "bin/sh"), str(checkout / "vision3")]
    both = [subprocess.Popen(command, env={"PATH": str(checkout / "bin")}, stderr=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait(30) for process in both] == [0, 0]
    assert asked_of_uv(checkout) == ["venv", "pip sync", "pip install"]
