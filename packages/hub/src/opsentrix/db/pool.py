"""The connection pool. What talks to PostgreSQL takes a `Database` or, inside a transaction, a `Connection`."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import asyncpg.pool
import orjson

from opsentrix import log
from opsentrix.errors import StartupError, UnavailableError

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy
"""A connection; PostgreSQL's json and jsonb arrive as Python objects."""

LOST = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.CannotConnectNowError,
        asyncpg.AdminShutdownError, asyncpg.CrashShutdownError, asyncpg.TooManyConnectionsError)  # fmt: skip
"""Errors that say that the database is away, not that a statement is wrong."""

AWAY = (*LOST, TimeoutError, asyncpg.InternalClientError, asyncpg.InsufficientResourcesError,
        asyncpg.OperatorInterventionError, asyncpg.PostgresSystemError, asyncpg.TransactionRollbackError,
        asyncpg.ReadOnlySQLTransactionError)  # fmt: skip
"""Errors that say that the same statement may work later: the disk is full, a deadlock, a standby being promoted."""

# Not what asyncpg says: it quotes the part that it stumbled over, which may be of the password.
_NOT_A_URL = (
    "OPSENTRIX_DATABASE_URL does not work: it must be postgresql://user:password@host:port/database,"
    " with what is neither a letter nor a digit in the password written as %23 and so on."
)
_log = log.get(__name__)


class Database:
    """The pool of connections to one PostgreSQL database."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @classmethod
    async def connect(cls, dsn: str, connections: int, attempts: int = 30) -> "Database":
        """Open the pool; while the server does not answer, try again each second.

        Raises:
            StartupError: the URL or the credentials are wrong, or the server stayed away.
        """
        for attempt in range(1, attempts + 1):
            try:
                pool = await asyncpg.create_pool(
                    dsn, min_size=1, max_size=connections, init=_prepare, command_timeout=60, timeout=10
                )
            except ValueError:  # before LOST: asyncpg's error for a malformed URL belongs to both
                raise StartupError(_NOT_A_URL) from None
            except LOST as error:
                if attempt == attempts:
                    raise StartupError(f"PostgreSQL did not answer after {attempts} attempts: {error}.") from None
                _log.warning("waiting for PostgreSQL", attempt=attempt, error=str(error))
                await asyncio.sleep(1)
            except asyncpg.PostgresError as error:
                raise StartupError(f"OPSENTRIX_DATABASE_URL does not work: {error}.") from None
            else:
                return cls(pool)
        raise AssertionError("unreachable")

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Lend a connection.

        Raises:
            UnavailableError: the database is away.
        """
        try:
            connection = await self._connect()
            try:
                yield connection
            finally:
                await self._release(connection)
        except AWAY as error:
            end_if_told(error)
            raise UnavailableError("The database does not answer.") from error

    async def _connect(self) -> asyncpg.pool.PoolConnectionProxy:
        try:
            return await self._pool.acquire(timeout=10)
        except asyncpg.PostgresError as error:  # whatever the server says: nobody gets in
            raise UnavailableError("The database does not answer.") from error

    async def _release(self, connection: asyncpg.pool.PoolConnectionProxy) -> None:
        try:
            await self._pool.release(connection)
        except AWAY as error:
            # The pool has thrown the connection away; what was done with it is done.
            _log.warning("a connection was lost when it was given back", error=str(error))

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Lend a connection inside a transaction that commits when the block ends without an error."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    @contextlib.asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Connection]:
        """Lend a connection on which all statements read the same moment."""
        async with self.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            yield connection

    async def ping(self) -> None:
        """Ask the database for a sign of life.

        Raises:
            UnavailableError: it gives none.
        """
        async with self.connection() as connection:
            await connection.execute("SELECT 1")

    async def close(self) -> None:
        """Close all connections, at once where they do not end by themselves."""
        try:
            async with asyncio.timeout(5):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()


def end_if_told(error: Exception) -> None:
    """Let this task end where it was told to: an error of what it gave back then must not take the place of that.

    Raises:
        asyncio.CancelledError: it was told to.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError from error


async def _prepare(connection: Connection) -> None:
    def decode(data: bytes) -> Any:  # noqa: ANN401 - JSON may be anything
        return orjson.loads(memoryview(data)[1:])

    def encode(value: object) -> bytes:
        return b"\x01" + orjson.dumps(value)

    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=encode, decoder=decode, format="binary")
