"""What an administrator does on the hub's own machine, straight on its database."""

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

from pydantic import ValidationError

from opsentrix.access.passwords import Passwords, weakness_of
from opsentrix.access.people import Actor, People
from opsentrix.access.people import reset_password as store_password
from opsentrix.api.users import Invitation, link_url
from opsentrix.commands import local
from opsentrix.errors import OpsentrixError, StartupError
from opsentrix.model.users import Account, Role
from opsentrix.settings import Settings

_HUB = Actor("hub", 0, "")


async def set_password(settings: Settings, username: str, password: str) -> None:
    """Set a user's password and end its sessions.

    Raises:
        StartupError: the password is too weak, there is no such user, or the database cannot be reached.
    """
    if (weakness := weakness_of(password, username)) is not None:
        raise StartupError(f"The password {weakness}.")
    async with local.database(settings) as database:
        if not await store_password(database, username, password):
            raise StartupError(f"There is no user {username}.")


async def everyone(settings: Settings) -> list[Account]:
    """Return all users, by name.

    Raises:
        StartupError: the database cannot be reached.
    """
    async with _people(settings) as people:
        return await people.accounts()


async def invite(settings: Settings, username: str, role: Role, hours: int) -> str:
    """Add a user and return the link by which they set their password.

    Raises:
        StartupError: the name is taken or not valid, or the database cannot be reached.
    """
    try:
        name = Invitation.model_validate({"username": username}).username
    except ValidationError:
        raise StartupError("A user name has letters, digits and . _ @ + - only, and at most 64 of them.") from None
    async with _people(settings) as people:
        return link_url(settings, await people.invite(_HUB, name, role, timedelta(hours=hours)))


async def new_link(settings: Settings, username: str) -> str:
    """Return a link by which a user sets a new password, for a day.

    Raises:
        StartupError: there is no such user, or the database cannot be reached.
    """
    async with _people(settings) as people:
        return link_url(settings, await people.new_link(_HUB, await _id_of(people, username), timedelta(days=1)))


async def set_disabled(settings: Settings, username: str, *, disabled: bool) -> None:
    """Lock a user out, or let them in again.

    Raises:
        StartupError: there is no such user, it is the last admin, or the database cannot be reached.
    """
    async with _people(settings) as people:
        await people.set_disabled(_HUB, await _id_of(people, username), disabled=disabled)


async def remove_totp(settings: Settings, username: str) -> None:
    """Remove a user's second factor.

    Raises:
        StartupError: there is no such user, they have none, or the database cannot be reached.
    """
    async with _people(settings) as people:
        await people.remove_totp(_HUB, await _id_of(people, username))


@contextlib.asynccontextmanager
async def _people(settings: Settings) -> AsyncIterator[People]:
    """Lend what changes users; what it refuses is said in one sentence. A running hub looks at its pages by itself."""

    async def ended() -> None:
        """Leave the live connections to the hub."""

    async with local.database(settings) as database:
        try:
            yield People(database, Passwords(), ended)
        except OpsentrixError as error:
            raise StartupError(error.detail) from None


async def _id_of(people: People, username: str) -> int:
    wanted = username.lower()
    found = next((one.user.id for one in await people.accounts() if one.user.username.lower() == wanted), None)
    if found is None:
        raise StartupError(f"There is no user {username}.")
    return found
