"""A real hub on a real server: the same wiring as `opsentrix hub`, in the test's own event loop."""

import asyncio
import contextlib
import secrets
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import uvicorn
from opsentrix import alarms, app, responding, selfmetrics
from opsentrix.api.auth import COOKIE
from opsentrix.api.links import grpc
from opsentrix.api.passes import PASS_COOKIE
from opsentrix.app import Hub
from opsentrix.db import Database
from opsentrix.fleet import enrollment
from opsentrix.model.agents import TokenRequest
from opsentrix.model.tokens import digest
from opsentrix.model.users import EVERYTHING, Method, Role, Scope
from opsentrix.serve import http_config
from opsentrix.settings import Settings
from opsentrix.storage import user_sessions, users
from pydantic import SecretStr

from packages.hub.tests.kit.agent import FakeAgent
from packages.hub.tests.kit.live import Browser

_TLS = ssl.create_default_context()
"""Never used, but each client would read all certificates of the machine to make its own."""
SWEEP_S = 0.1
FLEET_TICK_S = 0.2
ROLLOUT_S = 0.1
ALERTING_S = 0.1
STEP_S = 0.1
_NO_PASSWORD = None
"""The kept hash of users that tests log in without a password: hashing one takes longer than most tests."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """An agent that registered."""

    id: int
    credential: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.credential}"}


@dataclass(frozen=True, slots=True)
class RunningHub:
    """A hub that accepts requests."""

    hub: Hub
    database: Database
    dsn: str
    address: str
    grpc_port: int = 0

    @property
    def url(self) -> str:
        return f"{'https' if self.hub.tls.front else 'http'}://{self.address}"

    def client(self, cookie: str = "") -> httpx.AsyncClient:
        """Return a client, logged in when a session's token is given."""
        headers = {"Cookie": f"{COOKIE}={cookie}"} if cookie else {}
        anchor = self.hub.tls.anchor.decode()
        verify = ssl.create_default_context(cadata=anchor) if anchor else _TLS
        return httpx.AsyncClient(base_url=self.url, headers=headers, trust_env=False, timeout=30, verify=verify)

    async def session(self, role: Role = Role.ADMIN, name: str = "", scope: Scope = EVERYTHING) -> str:
        """Return the token of a new session of a new user with this role and scope."""
        token = secrets.token_urlsafe(16)
        async with self.database.transaction() as connection:
            user = await users.add(connection, name or f"{role}-{token}", _NO_PASSWORD, role)
            assert user is not None
            await users.set_scope(connection, user, scope)
            now = datetime.now(UTC)
            await user_sessions.add(
                connection, user, digest(token), now, now + timedelta(hours=1), Method.PASSWORD, "", ""
            )
        return token

    async def api_token(self, cookie: str, **body: object) -> str:
        """Return an API token that a person who is logged in makes."""
        async with self.client(cookie) as client:
            answer = await client.post("/api/v1/api-tokens", json={"name": "ci", **body})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    def bearing(self, token: str) -> httpx.AsyncClient:
        """Return a client that bears a token."""
        client = self.client()
        client.headers["Authorization"] = f"Bearer {token}"
        return client

    async def enroll(self, name: str = "web-1", request: TokenRequest | None = None, **fields: object) -> Enrolled:
        """Register an agent over HTTP, with a token as requested."""
        issued = await enrollment.issue(self.database, request or TokenRequest(), "hub", None, "")
        body = {"name": name, "type": "server", "host": f"{name}.example", **fields}
        async with self.client() as client:
            answer = await client.post(
                "/api/v1/agents/register", json=body, headers={"Authorization": f"Bearer {issued.token}"}
            )
        assert answer.status_code == 201, answer.text
        return Enrolled(answer.json()["id"], answer.json()["credential"])

    def agent(
        self, enrolled: Enrolled, tls: ssl.SSLContext | None = None
    ) -> contextlib.AbstractAsyncContextManager[FakeAgent]:
        """Open an agent's WebSocket."""
        url = f"{'wss' if tls else 'ws'}://{self.address}/api/v1/agents/connect"
        return FakeAgent.connected(url, enrolled.headers, tls)

    @contextlib.asynccontextmanager
    async def greeted(self, enrolled: Enrolled, boot: bytes = b"") -> AsyncIterator[FakeAgent]:
        """Open an agent's WebSocket and say hello."""
        async with self.agent(enrolled) as agent:
            await agent.hello(*([boot] if boot else []))
            yield agent

    def browser(
        self, cookie: str, namespace: str = "/live", **headers: str
    ) -> contextlib.AbstractAsyncContextManager[Browser]:
        """Open a browser's live feed."""
        return Browser.connected(self.address, {"Cookie": f"{COOKIE}={cookie}", **headers}, namespace)

    async def share(self, cookie: str, **body: object) -> str:
        """Return the secret of a share of Home that a person who is logged in makes."""
        async with self.client(cookie) as client:
            answer = await client.post("/api/v1/shares", json={"place": "home", "search": "metric=cpu_usage", **body})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["url"]).partition("#")[2]

    def showing(self, secret: str) -> httpx.AsyncClient:
        """Return a client that bears the pass of a share and nothing else."""
        client = self.client()
        client.headers["Cookie"] = f"{PASS_COOKIE}={secret}"
        return client

    async def fetch(self, query: str, *arguments: object) -> list[Any]:
        """Read the database."""
        async with self.database.connection() as connection:
            rows: list[Any] = await connection.fetch(query, *arguments)
        return rows


@contextlib.asynccontextmanager
async def running(
    dsn: str, data_dir: Path, *, with_grpc: bool = False, **overrides: object
) -> AsyncIterator[RunningHub]:
    """Run a hub on a free port of 127.0.0.1, and on another one for gRPC if wanted."""
    settings = Settings.model_validate(
        {
            "database_url": SecretStr(dsn),
            "data_dir": data_dir,
            "database_connections": 5,
            "canary_interval": 0,
            **overrides,
        }
    )
    database = await Database.connect(dsn, settings.database_connections, attempts=1)
    try:
        # As in production but for the pauses, which are for many agents and would be most of the tests' time.
        with (
            patch.multiple(app, SWEEP_S=SWEEP_S, FLEET_TICK_S=FLEET_TICK_S, ROLLOUT_S=ROLLOUT_S),
            patch.object(alarms, "ALERTING_S", ALERTING_S),
            patch.multiple(responding, STEP_S=STEP_S, RUNBOOKS_S=STEP_S),
        ):
            hub = Hub(settings, database)
            hub.writer._linger_s = 0.01
            async with hub.running(), served(http_config(hub)) as address, contextlib.AsyncExitStack() as stack:
                port = await stack.enter_async_context(grpc.serving(hub.services, "127.0.0.1", 0)) if with_grpc else 0
                yield RunningHub(hub, database, dsn, address, port)
    finally:
        await database.close()


@contextlib.asynccontextmanager
async def served(config: uvicorn.Config) -> AsyncIterator[str]:
    """Serve as `uvicorn.Server.serve` does, but without its signal handlers and pauses."""
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:  # or asyncio would leave small answers waiting for acks
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(config)
        config.load()
        server.lifespan = config.lifespan_class(config)
        await server.startup(sockets=[listener])
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            for one in server.servers:
                one.close()
            for connection in list(server.server_state.connections):
                connection.shutdown()
            async with asyncio.timeout(10):
                while server.server_state.connections or server.server_state.tasks:  # noqa: ASYNC110 - no event
                    await asyncio.sleep(0.002)


def measured(name: str, **labels: str) -> float:
    """Return one of the hub's own metrics."""
    return selfmetrics.REGISTRY.get_sample_value(name, labels) or 0.0


async def until(true: Callable[[], bool | Awaitable[bool]], seconds: float = 30.0) -> None:
    """Wait until something holds that other tasks bring about."""
    async with asyncio.timeout(seconds):
        while True:
            holds = true()
            if holds if isinstance(holds, bool) else await holds:
                return
            await asyncio.sleep(0.005)
