"""The whole system on one machine: which processes, in which order, how they find one another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cached_property, partial

import httpx2

from vision3 import lemonsqueezy, state
from vision3.data_dir import DataDir
from vision3.environment import PASSWORD_SECRETS, SECRETS, SERVICES, Wiring, service_environment
from vision3.identity import JWKS_PATH
from vision3.jobs import answers, has_all_dependencies, python, server_job
from vision3.keeper import Job
from vision3.migration import bring_up_to_date
from vision3.public_ports import PublicPorts
from vision3.secret_file import load_secrets
from vision3.servers import Nats, Postgres
from vision3.servers.ports import HOST, free_port
from vision3.state import State
from vision3.supervisor import Supervisor
from vision3.tokens import SigningKey

Say = Callable[[str], None]


class System:
    """One system in one data directory; its processes live no longer than this object's thread."""

    def __init__(
        self, data: DataDir, ports: PublicPorts, imagers: int, say: Say, *, with_lemonsqueezy: bool = False
    ) -> None:
        self._data = data
        self._ports = ports
        self._imagers = imagers
        self._say = say
        self._with_lemonsqueezy = with_lemonsqueezy
        self._secrets = load_secrets(data.secrets, SECRETS)
        self._postgres = Postgres(data.postgres, log=data.log("postgres"))
        self._nats = Nats(data.nats, log=data.log("nats"))
        self._identity_port = free_port()
        self._supervisor = Supervisor(self._publish, say)
        self._started = False

    @cached_property
    def state(self) -> State:
        """Where everything is."""
        return State(
            gateway_url=f"http://{HOST}:{self._ports.gateway}",
            billing_url=f"http://{HOST}:{self._ports.billing}",
            identity_url=f"http://{HOST}:{self._identity_port}",
            nats_url=self._nats.url,
            database_url=self._postgres.database_url,
            service_database_urls={service: self._service_database_url(service) for service in SERVICES},
            data_dir=str(self._data.root),
            lemonsqueezy_url=f"http://{HOST}:{self._ports.lemonsqueezy}" if self._with_lemonsqueezy else None,
        )

    async def start(self) -> None:
        """Until everything works. ServerError says what doesn't."""
        async with httpx2.AsyncClient(timeout=2.0, trust_env=False) as client:
            self._say("starting Postgres and NATS")
            await self._supervisor.start(server_job(self._postgres))
            await asyncio.gather(
                self._migrate(), self._supervisor.start(server_job(self._nats), self._identity(client))
            )
            self._say("starting the services")
            await self._supervisor.start(*self._services(client), *self._lemonsqueezy(client))
        self._started = True
        self._publish(self._supervisor.pids())

    async def stop(self) -> None:
        """Gracefully: services, then NATS, then Postgres. The state file goes first: nobody should come any more."""
        self._started = False
        self._data.state.unlink(missing_ok=True)
        await self._supervisor.stop()

    def _publish(self, pids: dict[str, int | None]) -> None:
        if self._started:
            state.publish(self.state, pids)

    async def _migrate(self) -> None:
        passwords = {service: self._secrets[name] for service, name in PASSWORD_SECRETS.items()}
        await bring_up_to_date(self._postgres.database_url, passwords)

    def _service_database_url(self, service: str) -> str:
        return self._postgres.url(f"vision3_{service}", self._secrets[PASSWORD_SECRETS[service]])

    def _identity(self, client: httpx2.AsyncClient) -> Job:
        SigningKey.load_or_create(self._data.identity_key)  # before two processes look for it at once
        program = python("vision3.identity", str(self._data.identity_key), str(self._identity_port))
        ready = partial(answers, client, f"{self.state.identity_url}{JWKS_PATH}")
        return Job("identity", self._data.log("identity"), lambda: program, ready)

    def _services(self, client: httpx2.AsyncClient) -> list[Job]:
        imagers = [self._service("imager", f"imager-{n}", free_port(), client) for n in range(1, self._imagers + 1)]
        return [
            self._service("gateway", "gateway", self._ports.gateway, client),
            self._service("orchestrator", "orchestrator", free_port(), client),
            *imagers,
            self._service("billing", "billing", self._ports.billing, client),
            self._service("retention", "retention", free_port(), client),
        ]

    def _service(self, service: str, name: str, port: int, client: httpx2.AsyncClient) -> Job:
        program = python(f"{service}.app", env=service_environment(service, port, self._wiring))
        ready = partial(has_all_dependencies, client, f"http://{HOST}:{port}/readyz")
        return Job(name, self._data.log(name), lambda: program, ready)

    def _lemonsqueezy(self, client: httpx2.AsyncClient) -> list[Job]:
        if self.state.lemonsqueezy_url is None:
            return []
        billing = service_environment("billing", self._ports.billing, self._wiring)
        return [lemonsqueezy.stand_in(self._data, self.state.lemonsqueezy_url, self.state.billing_url, billing, client)]

    @cached_property
    def _wiring(self) -> Wiring:
        return Wiring(
            database_urls=self.state.service_database_urls,
            nats_urls={service: self._nats.url_of(service) for service in SERVICES},
            gateway_url=self.state.gateway_url,
            issuer=self.state.identity_url,
            jwks_url=f"{self.state.identity_url}{JWKS_PATH}",
            store_url=self._data.objects.as_uri(),
            secrets=self._secrets,
            lemonsqueezy_url=self.state.lemonsqueezy_url,
        )


@asynccontextmanager
async def running_system(
    data: DataDir, port: int | None, imagers: int, say: Say, *, with_lemonsqueezy: bool = False
) -> AsyncIterator[State]:
    """A whole system, ready; stopped at the end, whatever ends it."""
    if with_lemonsqueezy:
        lemonsqueezy.ensure_it_is_here()
    with data.locked():
        data.state.unlink(missing_ok=True)
        system = System(data, PublicPorts.choose(port), imagers, say, with_lemonsqueezy=with_lemonsqueezy)
        try:
            await system.start()
            yield system.state
        finally:
            say("stopping")
            await system.stop()
