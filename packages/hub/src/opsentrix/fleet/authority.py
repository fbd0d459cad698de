"""The hub's own CA: made once, and kept in the database with its key sealed: a dump alone does not have it."""

from collections.abc import Sequence
from datetime import datetime

from opsentrix.db import Database
from opsentrix.errors import StartupError
from opsentrix.pki import authority as pki
from opsentrix.pki.authority import Authority
from opsentrix.pki.pins import certificate_pin
from opsentrix.storage import audit, authorities
from opsentrix.storage.authorities import StoredAuthority
from opsentrix.vault import SealError, Vault


async def load(database: Database, vault: Vault) -> Authority | None:
    """Return the CA in use, if there is one.

    Raises:
        StartupError: its key cannot be opened.
    """
    async with database.connection() as connection:
        stored = await authorities.in_use(connection)
    if stored is None:
        return None
    try:
        key = vault.open(_purpose(stored.fingerprint), stored.sealed_key)
        return pki.load(stored.certificate.encode(), key)
    except (SealError, ValueError) as error:
        raise StartupError(f"The key of the hub's CA cannot be used: {error}") from None


async def load_or_make(database: Database, vault: Vault, names: Sequence[str], now: datetime) -> Authority:
    """Return the CA in use; where there is none, make one that may sign for these names.

    Raises:
        StartupError: its key cannot be opened.
    """
    if (present := await load(database, vault)) is not None:
        return present
    await make(database, vault, names, now, replace=False)
    made = await load(database, vault)  # another hub may have been first
    if made is None:
        raise StartupError("The hub's CA was removed while it was made.")
    return made


async def make(
    database: Database, vault: Vault, names: Sequence[str], now: datetime, *, replace: bool
) -> Authority | None:
    """Make a CA and use it from now on; None when there is one that is not to be replaced.

    Args:
        database: keeps it.
        vault: seals its key.
        names: host names that it may sign for.
        now: when it begins.
        replace: whether to give up the present one; what it signed is not taken any more then.
    """
    made = pki.make(names, now)
    pin = certificate_pin(made.certificate)
    sealed = vault.seal(_purpose(pin), pki.key_pem(made.key))
    async with database.transaction() as connection:
        if replace:
            await authorities.retire(connection)
        if not await authorities.add(connection, StoredAuthority(pin, made.pem.decode(), sealed)):
            return None
        await audit.add(connection, "hub", "ca.init", f"ca:{pin}", "", names=list(names))
    return made


def _purpose(fingerprint: str) -> str:
    return f"authority:{fingerprint}"
