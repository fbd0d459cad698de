"""What commands on the hub's own machine begin with: its settings, its log, its database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from opsentrix import log
from opsentrix import settings as settings_module
from opsentrix.db import Database, migrate
from opsentrix.settings import Settings
from opsentrix.up import database_url


def start() -> Settings:
    """Return the settings, once the log follows them.

    Raises:
        StartupError: a setting is not valid.
    """
    loaded = settings_module.load()
    log.configure(loaded.log_level, loaded.log_format)
    return loaded


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[Database]:
    """Lend the hub's database, migrated.

    Raises:
        StartupError: it cannot be reached.
    """
    dsn = database_url(settings)
    lent = await Database.connect(dsn, connections=3, attempts=1)
    try:
        await migrate.upgrade(dsn)
        yield lent
    finally:
        await lent.close()
