"""Postgres and NATS on one machine, run from the binaries that come as wheels.

    with running(Postgres(folder / "postgres")) as postgres, running(Nats(folder / "nats")) as nats:
        postgres.database_url    # postgresql://vision3_migrator:…@127.0.0.1:<port>/vision3: the owner, no superuser
        postgres.superuser_url   # the same server as `postgres`, for the few things that need one
        postgres.url(user, password, database)
        nats.url                 # nats://operator:…@127.0.0.1:<port>: may do everything
        nats.url_of(service)     # … and with the permissions of one service

Both take `port=` (else a free one that stays the same for the object's life, over restarts too) and keep all they own
in `folder`: data, log, generated passwords (0600). A second start on the same folder finds the same data and passwords.
Those who want to hurt the process take `started(server)` instead, which gives a `Running`: `.pid`, `.kill()`,
`.restart()`, `.stop()`.

A server dies with the thread that started it, however that one ends: start it on a thread that lives long enough (the
main one, not a pool's). Failures raise `ServerError` with the end of the log.
"""

from vision3.servers.nats import Nats
from vision3.servers.postgres import Postgres
from vision3.servers.programs import Program, Server, ServerError
from vision3.servers.running import Running, running, started

__all__ = ["Nats", "Postgres", "Program", "Running", "Server", "ServerError", "running", "started"]
