"""What an administrator does on the hub's own machine, straight on its database."""

from datetime import timedelta

from opsentrix.access.passwords import weakness_of
from opsentrix.access.people import reset_password as store_password
from opsentrix.db import Database, migrate
from opsentrix.errors import StartupError
from opsentrix.fleet import enrollment
from opsentrix.settings import Settings
from opsentrix.up import database_url


async def issue_token(settings: Settings, lifetime: timedelta, uses: int) -> str:
    """Return a new enrollment token.

    Raises:
        StartupError: the database cannot be reached.
    """
    database = await _connect(settings)
    try:
        return (await enrollment.issue(database, enrollment.TokenRequest(lifetime, uses), "hub", None, "")).token
    finally:
        await database.close()


async def set_password(settings: Settings, username: str, password: str) -> None:
    """Set a user's password and end its sessions.

    Raises:
        StartupError: the password is too weak, there is no such user, or the database cannot be reached.
    """
    if (weakness := weakness_of(password, username)) is not None:
        raise StartupError(f"The password {weakness}.")
    database = await _connect(settings)
    try:
        if not await store_password(database, username, password):
            raise StartupError(f"There is no user {username}.")
    finally:
        await database.close()


async def _connect(settings: Settings) -> Database:
    dsn = database_url(settings)
    database = await Database.connect(dsn, connections=3, attempts=1)
    await migrate.upgrade(dsn)
    return database
