"""vision3 check"""

from __future__ import annotations

import subprocess
import sysconfig
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from vision3.data_dir import CHECKOUT
from vision3.terminal import err, out

app = typer.Typer(add_completion=False)

SCRIPTS = Path(sysconfig.get_path("scripts"))
PYTHON = str(SCRIPTS / "python")


@dataclass(frozen=True, slots=True)
class Check:
    """A command that exits 0 when all is well, and one that mends what it finds, where there is one."""

    name: str
    command: tuple[str, ...]
    fix: tuple[str, ...] = ()


def checks() -> tuple[Check, ...]:
    """In the order in which they run: the cheap ones first."""
    return (
        Check("shell syntax", ("sh", "-n", "vision3")),
        Check("format", _tool("ruff", "format", "--check", "."), _tool("ruff", "format", ".")),
        Check("lint", _tool("ruff", "check", "."), _tool("ruff", "check", "--fix", ".")),
        Check("imports", _tool("lint-imports")),
        Check("types", _tool("mypy", *_typed_folders())),
        Check("contracts", (PYTHON, "-m", "common.events.contracts", "--check")),
        Check("API documents", (PYTHON, "-W", "error", "-m", "vision3.api_documents", "--check")),
        Check("NATS permissions", (PYTHON, "-m", "vision3.deployed_nats", "--check")),
    )


@app.command()
def check(fix: Annotated[bool, typer.Option("--fix", help="First mend what can be mended.")] = False) -> None:
    """Check formatting, style, types, import rules and generated files; exit 1 if anything is amiss."""
    table = Table("check", "result", "seconds")
    passed = [_run(one, table, fix=fix) for one in checks()]
    out.print(table)
    if not all(passed):
        raise typer.Exit(1)


def _run(one: Check, table: Table, *, fix: bool) -> bool:
    began = time.monotonic()
    if fix and one.fix:
        _execute(one.fix)
    result = _execute(one.command)
    if result.returncode != 0:
        err.print(f"── {one.name}\n{result.stdout}", markup=False)
    passed = result.returncode == 0
    table.add_row(one.name, "[green]passed[/]" if passed else "[red]failed[/]", f"{time.monotonic() - began:.1f}")
    return passed


def _execute(command: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # from the list above
        command, cwd=CHECKOUT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )


def _tool(name: str, *arguments: str) -> tuple[str, ...]:
    return (str(SCRIPTS / name), *arguments)


def _typed_folders() -> list[str]:
    members = sorted(CHECKOUT.glob("libs/*/src")) + sorted(CHECKOUT.glob("services/*/src"))
    others = [CHECKOUT / name for name in ("tests", "benchmarks")]
    return [str(folder) for folder in (*members, *others) if any(folder.rglob("*.py"))]
