"""What the hub's tests stand on: a real PostgreSQL, a database for each test, and a real hub on it."""

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import structlog
from opsentrix.db import Database

from packages.hub.tests.kit import hub as hubs
from packages.hub.tests.kit import postgres as servers
from packages.hub.tests.kit.hub import Enrolled, RunningHub
from packages.hub.tests.kit.postgres import Postgres


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("OPSENTRIX_")]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _logging_as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Undo what a command under test does to logging: else loggers keep it, and no later test can see what they say."""
    configure, root = structlog.configure, logging.getLogger()
    handlers, level = root.handlers[:], root.level
    monkeypatch.setattr(structlog, "configure", lambda **how: configure(**how | {"cache_logger_on_first_use": False}))
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with servers.running() as postgres:
        yield postgres


@pytest.fixture
async def dsn(postgres: Postgres) -> AsyncIterator[str]:
    async with postgres.database() as dsn:
        yield dsn


@pytest.fixture
async def database(dsn: str) -> AsyncIterator[Database]:
    database = await Database.connect(dsn, 5, attempts=1)
    yield database
    await database.close()


@pytest.fixture
async def hub(dsn: str, tmp_path: Path) -> AsyncIterator[RunningHub]:
    async with hubs.running(dsn, tmp_path) as running:
        yield running


@pytest.fixture
async def anonymous(hub: RunningHub) -> AsyncIterator[httpx.AsyncClient]:
    async with hub.client() as client:
        yield client


@pytest.fixture
async def client(hub: RunningHub) -> AsyncIterator[httpx.AsyncClient]:
    """A client that is logged in as an admin."""
    async with hub.client(await hub.session()) as client:
        yield client


@pytest.fixture
async def enrolled(hub: RunningHub) -> Enrolled:
    return await hub.enroll()
