"""The life of a cluster's folder: made once and whole, and fit for a start again after any crash."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from vision3.servers.programs import Program, ServerError

DEPARTURE_S = 10.0
HBA = "host all all 127.0.0.1/32 scram-sha-256\n"

Tool = Callable[..., Program]


def create_cluster(data: Path, tool: Tool, statements: str) -> None:
    """initdb and the first statements, beside `data` and then renamed: half a cluster is never found there.

    Nothing is synced meanwhile, since a cluster that a power cut takes now holds nothing yet. It is never open to
    anyone: single-user mode needs no connection, and the server's first start comes after the last password is set.
    """
    fresh = data.with_name(f"{data.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    _finish(tool("initdb", "-D", str(fresh), "--username=postgres", "--auth=reject", "--no-sync", *locale))
    (fresh / "pg_hba.conf").write_text(HBA)
    single_user = ("--single", "-D", str(fresh), "-F", "-c", "exit_on_error=on")
    _finish(tool("postgres", *single_user, "postgres"), statements)
    fresh.rename(data)


def _finish(program: Program, text: str = "") -> None:
    result = program.run(text=text)
    if result.returncode != 0:
        raise ServerError(f"{Path(program.argv[0]).name} failed:\n{result.stdout}")


def forget_departed(data: Path) -> None:
    """Waits for a predecessor that is still on its way out, then removes its pid file.

    Postgres would trust any living process that has the number by now, and refuse to start.
    """
    give_up_at = time.monotonic() + DEPARTURE_S
    while living := _processes_in(data):
        if time.monotonic() > give_up_at:
            raise ServerError(f"another Postgres (process {living[0]}) runs on {data}: stop it first")
        time.sleep(0.02)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _processes_in(data: Path) -> list[int]:
    """The server and its workers: all of them have the cluster as their working folder."""
    return [int(process.name) for process in Path("/proc").glob("[0-9]*") if _works_in(process, data)]


def _works_in(process: Path, data: Path) -> bool:
    try:
        return (process / "comm").read_text() == "postgres\n" and (process / "cwd").readlink() == data.resolve()
    except OSError:  # it ended meanwhile, or is another user's
        return False
