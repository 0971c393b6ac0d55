"""vision3 migrate"""

from __future__ import annotations

import asyncio
import os

import asyncpg
import typer

from common import migrate as runner
from vision3.environment import SERVICES
from vision3.errors import CommandError

app = typer.Typer()


@app.command()
def migrate() -> None:
    """Bring a database to this version, and set the services' passwords.

    Reads VISION3_DATABASE_URL (a direct connection, as a role that owns the database and may create roles) and, for
    each service whose password is to be set, VISION3_<SERVICE>_DB_PASSWORD.
    """
    database_url = os.environ.get("VISION3_DATABASE_URL")
    if not database_url:
        raise CommandError("VISION3_DATABASE_URL is not set: name the database to migrate")
    try:
        applied = asyncio.run(runner.migrate(database_url, _passwords()))
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise CommandError(f"the database can't be migrated: {error}") from error
    typer.echo("\n".join(applied) or "nothing to do")


def _passwords() -> dict[str, str]:
    variables = {service: f"VISION3_{service.upper()}_DB_PASSWORD" for service in SERVICES}
    return {service: os.environ[name] for service, name in variables.items() if name in os.environ}
