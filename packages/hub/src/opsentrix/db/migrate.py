"""Migrations: they go forward only, and of several hubs that start at once, one migrates while the others wait."""

import asyncio
from pathlib import Path

import asyncpg

from opsentrix import log
from opsentrix.db.pool import Connection
from opsentrix.errors import StartupError

_LOCK = 0x6F70_7365  # the four letters "opse": any number that nobody else locks in this database
_MIGRATIONS = Path(__file__).parent / "migrations"
_log = log.get(__name__)


async def upgrade(dsn: str) -> None:
    """Bring the database to this version's schema.

    Raises:
        StartupError: the database was migrated by a newer version.
    """
    holder = await asyncpg.connect(dsn)
    try:
        await holder.execute("SELECT pg_advisory_lock($1)", _LOCK)
        present, known = await _present(holder), revisions()
        if present is not None and present not in known:
            raise StartupError(
                f"The database has schema {present}, which is newer than this version of Opsentrix knows: upgrade it."
            )
        if present != known[-1]:
            _log.info("migrating the database", present=present, wanted=known[-1])
            await asyncio.to_thread(_upgrade, dsn)
    finally:
        await holder.close()


def revisions() -> list[str]:
    """Return the schema's revisions, oldest first: each migration's file begins with its own."""
    return sorted(file.name.partition("_")[0] for file in (_MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def _upgrade(dsn: str) -> None:
    # Alembic and SQLAlchemy take 0.7 s and 30 MB to import: most starts have nothing to migrate.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["dsn"] = dsn
    command.upgrade(config, "head")


async def has_agents(connection: Connection) -> bool:
    """Return whether this is the database of a hub that has agents."""
    if await connection.fetchval("SELECT to_regclass('agents')") is None:
        return False
    found: bool = await connection.fetchval("SELECT EXISTS (SELECT FROM agents)")
    return found


async def _present(connection: asyncpg.Connection) -> str | None:
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
        return None
    revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    return revision
