"""vision3 costs"""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Annotated

import typer
from rich.table import Table

from vision3 import state
from vision3.commands.options import Json, Where, print_json
from vision3.costs import Cost
from vision3.costs import costs as summed
from vision3.database import connected
from vision3.terminal import out, say

app = typer.Typer(add_completion=False)

Days = Annotated[int, typer.Option("--days", min=1, max=3_660, help="How many days, today (UTC) included.")]


@app.command()
def costs(days: Days = 30, data: Where = None, as_json: Json = False) -> None:
    """Sum what models cost by day, provider and tier, from the prices that were set when they were called."""
    found = asyncio.run(_costs(state.database_url(data), days))
    if as_json:
        print_json({"costs": [dataclasses.asdict(cost) for cost in found]})
    elif found:
        out.print(_table(found))
    else:
        say(f"nothing was made in the last {days} days")


async def _costs(database_url: str, days: int) -> list[Cost]:
    async with connected(database_url) as connection:
        return await summed(connection, days)


def _table(found: list[Cost]) -> Table:
    table = Table("day", "what", "provider", "tier", show_footer=True)
    table.columns[0].footer = "all"
    for name, total in (
        ("made", f"{sum(cost.artifacts for cost in found):,}"),
        ("calls", f"{sum(cost.tries for cost in found):,}"),
        ("US$", _usd(sum(cost.usd for cost in found))),
    ):
        table.add_column(name, footer=total, justify="right")
    for cost in found:
        calls = f"{cost.tries:,}" if cost.tries else ""
        table.add_row(str(cost.day), cost.kind, cost.provider, cost.tier, f"{cost.artifacts:,}", calls, _usd(cost.usd))
    return table


def _usd(amount: float) -> str:
    return f"{amount:,.4f}"
