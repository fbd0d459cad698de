"""The audit log's upkeep: the hub signs its newest link, and old entries go behind a link that was signed.

Whoever can write to the database can rewrite the whole chain, and remove what was signed. So before the hub signs it
verifies what came since the link that it signed last, which it remembers in a file outside the database.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from opsentrix import __version__, log, selfmetrics
from opsentrix.db import Connection, Database
from opsentrix.errors import OpsentrixError
from opsentrix.model.audit import START, Checkpoint, Link, signed_bytes
from opsentrix.model.audit_file import AuditLineError, parse_link
from opsentrix.model.audit_verifier import PRUNE
from opsentrix.settings import Settings
from opsentrix.storage import audit
from opsentrix.vault import SealError, Vault

SIGN_EACH = timedelta(days=1)
_PURPOSE = "audit.key:"
_AT_ONCE = 500
_log = log.get(__name__)


class BrokenChainError(Exception):
    """The log in the database is not what the hub signed before, or does not follow from it; the text says where."""


@dataclass(frozen=True, slots=True)
class ChainState:
    """What is known of the chain.

    Attributes:
        verified: the newest link up to which this run verified and signed it.
        at: when that was.
        fault: why no later one could be; empty when nothing is wrong.
    """

    verified: Checkpoint | None = None
    at: datetime | None = None
    fault: str = ""


class Notary:
    """Verifies and signs the chain."""

    def __init__(self, database: Database, vault: Vault, memory: Path) -> None:
        """Take the file that remembers the link that was signed last."""
        self._database = database
        self._vault = vault
        self._memory = memory
        self.state = ChainState()
        self._signing = asyncio.Lock()
        self._whole_at: datetime | None = None

    async def sign_daily(self, now: float) -> None:
        """Verify the whole log and sign its newest link (Unix seconds), daily and once after each start."""
        last = self._whole_at
        if last is None or self.state.fault or datetime.fromtimestamp(now, UTC) - last >= SIGN_EACH:
            await self.sign(now, whole=True)

    async def sign(self, now: float, *, whole: bool = False) -> Checkpoint | None:
        """Verify what came since the last signature, sign the newest link and return the checkpoint.

        Args:
            now: Unix time in seconds.
            whole: whether to verify what is older too, as is done anyway after a fault; that takes 32 us an entry.

        Returns:
            The checkpoint; None when the chain is broken: `state` says where.

        Raises:
            UnavailableError: the database is away.
        """
        moment = datetime.fromtimestamp(now, UTC)
        async with self._signing:
            whole = whole or bool(self.state.fault)
            try:
                checkpoint = await self._sign(moment, whole)
            except BrokenChainError as error:
                if str(error) != self.state.fault:
                    _log.error("the audit log was changed", fault=str(error))
                self.state = replace(self.state, fault=str(error))
                selfmetrics.AUDIT_INTACT.set(0)
                return None
            self.state = ChainState(checkpoint, moment)
            self._whole_at = moment if whole else self._whole_at
            selfmetrics.AUDIT_INTACT.set(1)
            return checkpoint

    async def public_key(self) -> bytes:
        """Return the public half of the key that signs (Ed25519, 32 bytes); the first call makes one."""
        async with self._database.transaction() as connection:
            return (await self._key(connection)).public_key().public_bytes_raw()

    async def _sign(self, now: datetime, whole: bool) -> Checkpoint:
        await self.public_key()  # so that the entry which tells of a new key is signed too
        async with self._database.connection() as connection:
            anchor, head = await audit.ends(connection)
            last = await audit.last_checkpoint(connection)
            start = await self._start(connection, anchor)
            signed = last is not None and last.link == head and await self._is_ours(connection, last)
        await self._verify(anchor if whole else start, head)
        if last is None or not signed:
            async with self._database.transaction() as connection:
                key = await self._key(connection)
                last = Checkpoint(head, now, key.public_key().public_bytes_raw(), key.sign(signed_bytes(head, now)))
                await audit.add_checkpoint(connection, last)
        try:
            await asyncio.to_thread(_remember, self._memory, head)
        except OSError as error:
            _log.warning("what was signed last cannot be remembered", file=str(self._memory), reason=str(error))
        return last

    async def _start(self, connection: Connection, anchor: Link) -> Link:
        """Return a link that is known to be right, from which the rest can be verified."""
        signed = self._remembered()
        if signed is not None and signed.number > anchor.number:
            if await audit.link(connection, signed.number) != signed:
                raise BrokenChainError(f"Entry {signed.number} is not what was signed: it or one before was changed.")
            return signed
        if signed == anchor or anchor == Link(0, START):
            return anchor
        # Retention removes up to a checkpoint only, which another hub on this database may have signed.
        for checkpoint in await audit.checkpoints(connection, anchor.number - 1, anchor.number):
            if checkpoint.link == anchor and await self._is_ours(connection, checkpoint):
                return anchor
        raise BrokenChainError(f"Entries up to {anchor.number} were removed, and nothing signed says so.")

    async def _is_ours(self, connection: Connection, checkpoint: Checkpoint) -> bool:
        known = await audit.keys(connection)
        return checkpoint.valid() and any(
            public == checkpoint.public_key and self._opened(public, sealed) is not None for public, sealed in known
        )

    async def _verify(self, start: Link, head: Link) -> None:
        last = start
        while last.number < head.number:
            async with self._database.connection() as connection:
                entries = await audit.following(connection, last.number, _AT_ONCE)
            for entry in entries:
                if entry.number > head.number:
                    break
                if entry.number != last.number + 1:
                    raise BrokenChainError(f"Entry {last.number + 1} was removed.")
                if not entry.follows(last.hash):
                    raise BrokenChainError(f"Entry {entry.number} was changed.")
                last = Link(entry.number, entry.hash)
            if not entries:
                raise BrokenChainError(f"Entry {last.number + 1} was removed.")
        if last != head:
            raise BrokenChainError(f"Entry {head.number} is not the newest of the chain.")

    async def _key(self, connection: Connection) -> Ed25519PrivateKey:
        for public, sealed in await audit.keys(connection):
            if (known := self._opened(public, sealed)) is not None:
                return known
        key = Ed25519PrivateKey.generate()
        public = key.public_key().public_bytes_raw()
        await audit.add_key(connection, public, self._vault.seal(_PURPOSE + public.hex(), key.private_bytes_raw()))
        await audit.add(connection, "hub", "audit.create_key", f"key:{public.hex()}", "")
        return key

    def _opened(self, public: bytes, sealed: bytes) -> Ed25519PrivateKey | None:
        """Return a key, or None when it was sealed with another key file or put there by somebody else."""
        try:
            key = Ed25519PrivateKey.from_private_bytes(self._vault.open(_PURPOSE + public.hex(), sealed))
        except SealError:
            return None
        return key if key.public_key().public_bytes_raw() == public else None

    def _remembered(self) -> Link | None:
        try:
            return parse_link(self._memory.read_text(encoding="ascii").strip())
        except FileNotFoundError:
            return None
        except (OSError, ValueError, AuditLineError) as error:
            raise BrokenChainError(f"{self._memory} cannot be read: {error}.") from None


@contextlib.asynccontextmanager
async def told_run(settings: Settings, database: Database) -> AsyncIterator[None]:
    """Write into the audit log that the hub starts, with the settings that changed since the last time, and stops."""
    set_now = settings.told()
    async with database.transaction() as connection:
        last = await audit.newest(connection, audit.AuditFilter(actions=["hub.start"]), None, 1)
        set_then = ((last[0].content.detail or {}).get("settings") or {}) if last else set_now
        names = sorted(name for name in {*set_now, *set_then} if set_now.get(name) != set_then.get(name))
        await audit.add(
            connection, "hub", "hub.start", "hub", "", version=__version__, settings=set_now,
            before={name: set_then.get(name) for name in names} if names else None,
            after={name: set_now.get(name) for name in names} if names else None,
        )  # fmt: skip
    try:
        yield
    finally:
        try:
            async with database.connection() as connection:
                await audit.add(connection, "hub", "hub.stop", "hub", "", version=__version__)
        except OpsentrixError as error:
            _log.warning("the audit log does not say that the hub stops", reason=error.detail)


def forget(memory: Path) -> None:
    """Forget what was signed last: the database is another one now, on its owner's word."""
    memory.unlink(missing_ok=True)


async def prune(database: Database, before: datetime) -> int:
    """Remove the entries from before this moment, up to a checkpoint, and return how many went.

    One checkpoint after the other goes, each in a transaction of its own with an entry that tells of it.
    """
    removed = 0
    while True:
        async with database.transaction() as connection:
            found = await audit.prune(connection, before)
            if found is None:
                break
            link, count = found
            await audit.add(connection, "hub", PRUNE, "audit_log", "", number=link.number, hash=link.hash.hex())
        removed += count
    if removed:
        _log.info("removed entries of the audit log older than they are kept", entries=removed)
    return removed


def _remember(memory: Path, link: Link) -> None:
    memory.parent.mkdir(parents=True, exist_ok=True)
    draft = memory.with_name(f"{memory.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{link}\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(memory)
