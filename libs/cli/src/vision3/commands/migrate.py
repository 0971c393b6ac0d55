"""vision3 migrate"""

from __future__ import annotations

import asyncio
import os

import typer

from vision3.environment import SERVICES
from vision3.errors import CommandError
from vision3.migration import bring_up_to_date

app = typer.Typer(add_completion=False)


@app.command()
def migrate() -> None:
    """Bring a database to this version, and set the services' passwords.

    Reads VISION3_DATABASE_URL (a direct connection, as a role that owns the database and may create roles) and, for
    each service whose password is to be set, VISION3_<SERVICE>_DB_PASSWORD.
    """
    database_url = os.environ.get("VISION3_DATABASE_URL")
    if not database_url:
        raise CommandError("VISION3_DATABASE_URL is not set: name the database to migrate")
    applied = asyncio.run(bring_up_to_date(database_url, _passwords()))
    typer.echo("\n".join(applied) or "nothing to do")


def _passwords() -> dict[str, str]:
    variables = {service: f"VISION3_{service.upper()}_DB_PASSWORD" for service in SERVICES}
    return {service: os.environ[name] for service, name in variables.items() if name in os.environ}
