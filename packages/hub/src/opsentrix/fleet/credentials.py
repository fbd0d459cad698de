"""What agents prove themselves with: credentials in memory, renewed in time, revoked at once.

An agent makes its new credential itself and offers the hash; the first use makes it the active one, and the one before
retires. That use is noted in memory and written by `settle`: if the hub dies in between, the next use counts.
docs/adr/0019 has the steps and why they may be cut off anywhere.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from opsentrix import selfmetrics
from opsentrix.db import Database
from opsentrix.errors import ConflictError, RevokedError, UnauthenticatedError
from opsentrix.fleet.clones import Clones
from opsentrix.model.identity import Admission, Credential, CredentialState
from opsentrix.storage import admission, audit, credentials

OVERLAP = timedelta(hours=24)
"""How long the credential before is good after the new one was used: a machine may be put back to yesterday's disk."""
SPREAD = 0.2
"""Credentials are renewed at random within this last share of their time, so that a fleet does not do it at once."""
ASK_AGAIN_S = 600.0
ASKED_AT_ONCE = 50
AUDIT_AGAIN_S = 3600.0
HASH_BYTES = 32
_OVER = (Admission.REVOKED, Admission.REFUSED)


class Credentials:
    """All credentials; the database keeps them, this process knows them.

    Attributes:
        lifetime: after which a credential is to be renewed; None: never by itself.
    """

    def __init__(
        self,
        database: Database,
        standing: Callable[[int], Admission | None],
        clones: Clones,
        lifetime: timedelta | None,
        clock: Callable[[], float],
    ) -> None:
        """Take what is needed.

        Args:
            database: the hub's.
            standing: the admission of an agent; None when there is none of this id.
            clones: knows of hosts that share an identity.
            lifetime: see the attribute.
            clock: Unix seconds.
        """
        self.lifetime = lifetime
        self._database = database
        self._standing = standing
        self._clones = clones
        self._clock = clock
        self._known: dict[bytes, Credential] = {}
        self._of: dict[int, set[bytes]] = {}
        self._used: dict[int, bytes] = {}
        self._proven: dict[bytes, str] = {}
        self._wanted: set[int] = set()
        self._asked_at: dict[int, float] = {}
        self._audited_at: dict[int, float] = {}
        self._to_audit: list[tuple[int, str]] = []
        self._settling = asyncio.Lock()

    async def load(self) -> None:
        """Read all credentials."""
        async with self._database.connection() as connection:
            for one in await credentials.everything(connection):
                self._take(one)
            self._wanted = set(await admission.rotation_requests(connection))

    def authenticate(self, credential_hash: bytes, address: str) -> int:
        """Return whose credential has this hash.

        Raises:
            UnauthenticatedError: nobody's, or it has expired.
            RevokedError: it was revoked, or its agent was.
        """
        found = self._known.get(credential_hash)
        if found is None or (found.expires_at is not None and found.expires_at <= self._now()):
            selfmetrics.CREDENTIALS_REFUSED.labels("unknown" if found is None else "expired").inc()
            raise UnauthenticatedError("The credential is not that of any agent.")
        self.check_standing(found.agent_id, address, revoked=found.state is CredentialState.REVOKED)
        if found.state is CredentialState.OFFERED:
            self._proven.setdefault(credential_hash, address)
        self._used[found.agent_id] = credential_hash
        return found.agent_id

    def check_standing(self, agent_id: int, address: str, *, revoked: bool = False) -> None:
        """Refuse an agent that was revoked, whatever it proves itself with; `revoked`: what it uses was, by itself.

        Raises:
            RevokedError: it was.
        """
        if revoked or self._standing(agent_id) in _OVER:
            self._refused(agent_id, address)
            raise RevokedError("This agent was revoked; enroll the machine again to bring it back.")

    def owner(self, credential_hash: bytes) -> int | None:
        """Return the agent whose credential has this hash, whatever it is worth; this proves nothing."""
        found = self._known.get(credential_hash)
        return None if found is None else found.agent_id

    def of_agent(self, agent_id: int) -> list[Credential]:
        """Return an agent's credentials, the newest first."""
        return sorted((self._known[one] for one in self._of.get(agent_id, ())), key=_made, reverse=True)

    async def offer(self, agent_id: int, credential_hash: bytes, address: str) -> None:
        """Take the hash of a credential that the agent keeps already; offering it again changes nothing.

        Raises:
            ConflictError: it is another agent's or over, or two hosts share this identity and neither was kept.
        """
        if len(credential_hash) != HASH_BYTES:
            raise ConflictError("A credential is offered by its SHA-256.")
        if self._clones.noticed(agent_id) and not self._clones.kept(agent_id):
            raise ConflictError("Two hosts use this identity; a person has to say which one keeps it.")
        await self.settle()  # the one that was offered before may be in use
        proof = self._used.get(agent_id, b"")
        async with self._database.transaction() as connection:
            offered = await credentials.offer(connection, agent_id, credential_hash, proof)
            if offered is None:
                raise ConflictError("This credential cannot be taken.")
            if offered.hash not in self._known:
                await audit.add(connection, f"agent:{agent_id}", "credential.offer", f"agent:{agent_id}", address)
        for one in self.of_agent(agent_id):
            if one.state is CredentialState.OFFERED:
                self._drop(one)
        self._take(offered)

    async def failed(self, agent_id: int, error: str) -> None:
        """Note that an agent could make no new credential."""
        selfmetrics.ROTATIONS.labels("failed").inc()
        self._wanted.discard(agent_id)
        async with self._database.connection() as connection:
            await admission.rotated(connection, agent_id, error or "The agent does not say why.")

    async def request(self, agent_id: int, actor: str, address: str) -> None:
        """Have an agent renew its credential as soon as it can."""
        async with self._database.transaction() as connection:
            await admission.request_rotation(connection, agent_id)
            await audit.add(connection, actor, "credential.request", f"agent:{agent_id}", address)
        self.want(agent_id)

    def want(self, agent_id: int) -> None:
        """Ask an agent for a new credential at the next occasion, however young the present one is."""
        self._wanted.add(agent_id)
        self._asked_at.pop(agent_id, None)

    def due(self, connected: Iterable[int], now: float) -> list[int]:
        """Return those of the connected agents that are to be asked now; asking is noted, and not repeated soon.

        Args:
            connected: agents that can be asked.
            now: seconds of a clock that never jumps.
        """
        wanted: list[int] = []
        for agent_id in connected:
            if len(wanted) == ASKED_AT_ONCE:
                break
            if now - self._asked_at.get(agent_id, -ASK_AGAIN_S) >= ASK_AGAIN_S and self._is_due(agent_id):
                wanted.append(agent_id)
                self._asked_at[agent_id] = now
        return wanted

    def asked(self, agent_id: int, now: float) -> bool:
        """Note that an agent is asked for a new credential now; False when it has just used one and none is due."""
        self._asked_at[agent_id] = now
        return self._used.get(agent_id) not in self._proven

    def due_at(self, agent_id: int) -> datetime | None:
        """Return when the present credential is to be renewed; None when it is not, by itself."""
        active = next((one for one in self.of_agent(agent_id) if one.state is CredentialState.ACTIVE), None)
        if active is None or self.lifetime is None:
            return None
        share = int.from_bytes(active.hash[:4], "big") / 2**32
        return active.created_at + self.lifetime * (1 - SPREAD * share)

    async def settle(self) -> None:
        """Write which new credentials were used, and that revoked ones were tried."""
        if not self._proven and not self._to_audit:
            return
        async with self._settling:
            for credential_hash, address in list(self._proven.items()):
                await self._activate(self._known.get(credential_hash), credential_hash, address)
            noted = list(self._to_audit)
            async with self._database.transaction() as connection:
                for agent_id, address in noted:
                    target = f"agent:{agent_id}"
                    await audit.add(connection, target, "credential.refused", target, address, result="refused")
            del self._to_audit[: len(noted)]

    async def remove_expired(self) -> None:
        """Forget credentials that have retired."""
        async with self._database.connection() as connection:
            for credential_hash in await credentials.remove_expired(connection, self._now()):
                if (found := self._known.get(credential_hash)) is not None:
                    self._drop(found)

    def replace(self, agent_id: int, present: Iterable[Credential]) -> None:
        """Take over what the database has of an agent now; nothing at all when it is gone."""
        for one in self.of_agent(agent_id):
            self._drop(one)
        self._wanted.discard(agent_id)
        self._asked_at.pop(agent_id, None)
        self._used.pop(agent_id, None)
        for one in present:
            self._take(one)

    async def _activate(self, found: Credential | None, credential_hash: bytes, address: str) -> None:
        if found is None or found.state is not CredentialState.OFFERED:
            self._proven.pop(credential_hash, None)
            return
        agent_id = found.agent_id
        alone = self._clones.kept(agent_id)  # the other host must not get in any more
        expires_at = None if alone else self._now() + OVERLAP
        async with self._database.transaction() as connection:
            done = await credentials.activate(connection, agent_id, credential_hash, expires_at)
            if done:
                await admission.rotated(connection, agent_id, "")
                target = f"agent:{agent_id}"
                until = "" if expires_at is None else expires_at.isoformat()
                await audit.add(connection, target, "credential.rotate", target, address, previous_until=until)
            present = await credentials.of_agent(connection, agent_id)
        used = self._used.get(agent_id)
        self.replace(agent_id, present)
        if used is not None:
            self._used[agent_id] = used
        self._proven.pop(credential_hash, None)
        if done:
            selfmetrics.ROTATIONS.labels("done").inc()
        if done and alone:
            await self._clones.settled(agent_id)

    def _is_due(self, agent_id: int) -> bool:
        if self._standing(agent_id) is not Admission.ADMITTED:
            return False
        if self._clones.noticed(agent_id) and not self._clones.kept(agent_id):
            return False  # whichever of two hosts were asked first would push the other out
        if self._used.get(agent_id) in self._proven:
            return False  # it has just renewed
        if agent_id in self._wanted or self._clones.kept(agent_id):
            return True
        used = self._known.get(self._used.get(agent_id, b""))
        if used is not None and used.state is CredentialState.RETIRING:
            return True  # its disk was put back to an older state: else it would be locked out when this one expires
        due = self.due_at(agent_id)
        return due is not None and due <= self._now()

    def _refused(self, agent_id: int, address: str) -> None:
        selfmetrics.CREDENTIALS_REFUSED.labels("revoked").inc()
        now = self._clock()
        if abs(now - self._audited_at.get(agent_id, -AUDIT_AGAIN_S)) >= AUDIT_AGAIN_S:
            self._audited_at[agent_id] = now
            self._to_audit.append((agent_id, address))

    def _take(self, one: Credential) -> None:
        self._known[one.hash] = one
        self._of.setdefault(one.agent_id, set()).add(one.hash)

    def _drop(self, one: Credential) -> None:
        self._known.pop(one.hash, None)
        self._proven.pop(one.hash, None)
        if (hashes := self._of.get(one.agent_id)) is not None:
            hashes.discard(one.hash)
            if not hashes:
                del self._of[one.agent_id]

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def revoked(present: Iterable[Credential]) -> list[Credential]:
    """Return credentials as they are once revoked."""
    return [replace(one, state=CredentialState.REVOKED, expires_at=None) for one in present]


def _made(one: Credential) -> tuple[datetime, bytes]:
    return one.created_at, one.hash
