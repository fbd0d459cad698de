"""What an administrator does on the hub's own machine, straight on its database."""

from opsentrix.access.logins import MIN_PASSWORD_CHARS
from opsentrix.access.logins import reset_password as store_password
from opsentrix.db import Database, migrate
from opsentrix.errors import StartupError
from opsentrix.settings import Settings
from opsentrix.up import database_url


async def set_password(settings: Settings, username: str, password: str) -> None:
    """Set a user's password and end its sessions.

    Raises:
        StartupError: the password is too short, there is no such user, or the database cannot be reached.
    """
    if len(password) < MIN_PASSWORD_CHARS:
        raise StartupError(f"A password needs at least {MIN_PASSWORD_CHARS} characters.")
    database = await connect(settings)
    try:
        if not await store_password(database, username, password):
            raise StartupError(f"There is no user {username}.")
    finally:
        await database.close()


async def connect(settings: Settings) -> Database:
    """Return the hub's database, migrated; whoever asked closes it.

    Raises:
        StartupError: it cannot be reached.
    """
    dsn = database_url(settings)
    database = await Database.connect(dsn, connections=3, attempts=1)
    await migrate.upgrade(dsn)
    return database
