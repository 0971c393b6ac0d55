"""vision3 doctor"""

from __future__ import annotations

import asyncio
import dataclasses
import sys
from pathlib import Path

import structlog
import typer
from rich.markup import escape
from rich.table import Table

from vision3.commands.options import Json, System, print_json
from vision3.doctor import CHECKS
from vision3.doctor.findings import Finding, Level
from vision3.doctor.subject import subject
from vision3.terminal import err, out

app = typer.Typer(add_completion=False)

MARKS: dict[Level, str] = {
    "ok": "[green]ok[/]",
    "off": "[dim]off[/]",
    "warning": "[yellow]look at[/]",
    "wrong": "[red]wrong[/]",
}


@app.command()
def doctor(data: System = None, as_json: Json = False) -> None:
    """Look at every key, model, store, database, stream, role and secret that is configured; exit 1 if any is wrong.

    Nothing is bought and nothing is changed. The models' and vendors' settings are those of this environment.
    """
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr), wrapper_class=_only_critical())
    found = asyncio.run(_examined(data))
    if as_json:
        print_json({"findings": [dataclasses.asdict(finding) for finding in found]})
    else:
        out.print(_table(found))
    if any(finding.level == "wrong" for finding in found):
        raise typer.Exit(1)


async def _examined(data: Path | None) -> list[Finding]:
    looked_at = subject(data)
    found: list[Finding] = []
    with err.status("") as status:
        for name, check in CHECKS.items():
            status.update(f"looking at {name}")
            found += [finding async for finding in check(looked_at) if not _said(finding, found)]
    return found


def _said(finding: Finding, found: list[Finding]) -> bool:
    """Several services read the store's settings, and each finds the same amiss."""
    return finding.level == "wrong" and finding.says in {earlier.says for earlier in found}


def _table(found: list[Finding]) -> Table:
    table = Table("", "what", "what is the matter, and what to do")
    for finding in found:
        table.add_row(MARKS[finding.level], escape(finding.what), escape(finding.says))
    return table


def _only_critical() -> type[structlog.typing.FilteringBoundLogger]:
    """What a check logs is told by its finding."""
    return structlog.make_filtering_bound_logger("critical")
