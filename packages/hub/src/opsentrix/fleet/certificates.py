"""Certificates of agents: issued, shown, revoked, and sessions that end with them."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from opsentrix import log, selfmetrics
from opsentrix.db import Database
from opsentrix.errors import (
    ConflictError,
    FieldError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    TooManyRequestsError,
    UnauthenticatedError,
)
from opsentrix.fleet.peers import CertificateRefusedError, Peer, Peers
from opsentrix.fleet.registry import Registry
from opsentrix.model.agents import Agent
from opsentrix.model.certificates import AgentCertificate
from opsentrix.pki import requests
from opsentrix.pki.authority import Authority, serial_of, to_pem
from opsentrix.pki.pins import certificate_pin
from opsentrix.settings import Mtls
from opsentrix.storage import audit, certificates

MAX_VALID = 10
"""Certificates that one agent may have at a time: more is an agent that has lost its way."""
KEEP = timedelta(days=30)
"""How long a certificate is remembered after it expired."""
_OVERLAP = timedelta(seconds=10)
"""A transaction may commit so long after the time that it noted."""
_MAX_REFUSALS = 1000
_log = log.get(__name__)


class Certificates:
    """The certificates of all agents; what is asked for each connection is in memory.

    Without a CA, which is where mTLS is off, it lets each agent in by its credential and issues nothing.
    """

    def __init__(self, database: Database, registry: Registry, mode: Mtls, life: timedelta, name_field: str) -> None:
        self._database = database
        self._registry = registry
        self._mode = mode
        self._life = life
        self._name_field = name_field
        self._authority: Authority | None = None
        self._peers: Peers | None = None
        self._changed_at: datetime | None = None
        self._held: dict[int, Peer] = {}
        self._refusals: set[tuple[int, str, str]] = set()
        self._told: set[tuple[int, str]] = set()
        self._used: set[str] = set()

    @property
    def offered(self) -> bool:
        """Whether agents can get a certificate here."""
        return self._peers is not None

    async def load(self, authority: Authority) -> None:
        """Take the CA and read what it issued."""
        self._authority = authority
        self._peers = Peers(authority, self._name_field, self._named)
        await self._follow(self._peers)

    def admit(self, bearer_of: int | None, der: bytes | None, address: str) -> int:
        """Return the agent that may come in, and remember by which certificate.

        Args:
            bearer_of: the agent whose credential came along, if one did.
            der: the certificate that was shown, if one was.
            address: where it comes from.

        Raises:
            UnauthenticatedError: neither is there, they are of two agents, or the certificate is not taken.
        """
        if der is None or self._peers is None:
            return self._admit_bearer(bearer_of, address)
        peer = self._identify(self._peers, bearer_of, der, address)
        self._held[peer.agent_id] = peer
        known = self._peers.book.get(peer.serial)
        if known is not None and known.used_at is None:
            self._peers.book[peer.serial] = replace(known, used_at=datetime.now(UTC))
            self._used.add(peer.serial)
        return peer.agent_id

    def _admit_bearer(self, bearer_of: int | None, address: str) -> int:
        if bearer_of is None:
            raise UnauthenticatedError("An Authorization header with a Bearer token is needed.")
        if self._mode is Mtls.REQUIRED:
            self._refused(bearer_of, "missing", address)
            raise UnauthenticatedError("This hub takes agents with a certificate only.")
        self._held.pop(bearer_of, None)
        return bearer_of

    def _identify(self, peers: Peers, bearer_of: int | None, der: bytes, address: str) -> Peer:
        known = None if bearer_of is None else self._registry.get(bearer_of)
        try:
            return peers.identify(der, datetime.now(UTC), known.agent if known else None)
        except CertificateRefusedError as error:
            self._refused(bearer_of or 0, error.reason, address)
            raise

    async def issue(
        self, agent_id: int, request_pem: str, der: bytes | None, address: str
    ) -> tuple[AgentCertificate, bytes]:
        """Sign a request of an agent that bears its credential, and return the certificate, also with its CA's in PEM.

        Where certificates are required, the credential alone serves until the agent has shown a certificate, and again
        when all have expired: whoever steals the credential of a machine that is up gets in nowhere with it, and who
        lost the answer to a request is not locked out.

        Args:
            agent_id: who asks.
            request_pem: PKCS#10.
            der: the certificate that was shown, if one was.
            address: where it comes from.

        Raises:
            ConflictError: this hub issues none.
            InvalidError: the request is not one that is signed.
            ForbiddenError: a certificate must be shown to get another.
            TooManyRequestsError: the agent has too many already.
        """
        if self._peers is None or self._authority is None:
            raise ConflictError("This hub issues no certificates to agents; OPSENTRIX_MTLS is off.")
        if der is not None:
            self._identify(self._peers, agent_id, der, address)
        elif self._mode is Mtls.REQUIRED:
            await self._check_credential_suffices(agent_id, self._authority, address)
        new, pem = await sign(
            self._database, self._authority, self._life, agent_id, request_pem, f"agent:{agent_id}", address
        )
        self._peers.book[new.serial] = new
        return new, pem

    async def _check_credential_suffices(self, agent_id: int, authority: Authority, address: str) -> None:
        async with self._database.connection() as connection:
            pin = certificate_pin(authority.certificate)
            standing = await certificates.standing(connection, agent_id, pin, datetime.now(UTC))
        if standing.shown or standing.revoked:
            self._refused(agent_id, "credential_alone", address)
            why = "the last one was revoked." if standing.revoked else "show the one that you have."
            raise ForbiddenError(f"The credential alone gets no other certificate: {why}")

    async def revoke(self, serial: str, actor: str, address: str) -> AgentCertificate:
        """Revoke a certificate; the session of its agent ends with the next sweep.

        Raises:
            NotFoundError: there is none with this serial number that could be revoked.
        """
        revoked = await revoke(self._database, serial, None, actor, address)
        if not revoked:
            raise NotFoundError(f"There is no certificate {serial} that could be revoked.")
        return revoked[0]

    async def sweep(self) -> list[tuple[int, str]]:
        """Follow what changed in the database, and return the agents whose session must end, and why."""
        if self._peers is None:
            return []
        await self._write_uses()
        await self._follow(self._peers)
        await self._audit_refusals()
        now, ended = datetime.now(UTC), []
        for agent_id, peer in list(self._held.items()):
            known = self._peers.book.get(peer.serial)
            if known is not None and known.revoked_at is not None:
                ended.append((agent_id, "the certificate was revoked"))
            elif peer.not_after <= now:
                ended.append((agent_id, "the certificate has expired"))
        for agent_id, _ in ended:
            del self._held[agent_id]
        return ended

    async def _write_uses(self) -> None:
        if self._used:
            used, self._used = self._used, set()
            async with self._database.connection() as connection:
                await certificates.use(connection, sorted(used))

    async def _follow(self, peers: Peers) -> None:
        since = None if self._changed_at is None else self._changed_at - _OVERLAP
        async with self._database.connection() as connection:
            for certificate, changed_at in await certificates.changed(connection, since):
                peers.book[certificate.serial] = certificate
                self._changed_at = changed_at

    def forget(self) -> None:
        """Let go of certificates that expired, and of what was said about refusals; called now and then."""
        if self._peers is not None:
            now = datetime.now(UTC)
            self._peers.book = {serial: one for serial, one in self._peers.book.items() if one.not_after > now}
        self._told.clear()

    def _named(self, name: str) -> list[Agent]:
        return [
            known.agent
            for agent_id in self._registry.ids()
            if (known := self._registry.get(agent_id)) is not None and known.agent.name.lower() == name
        ]

    def _refused(self, agent_id: int, reason: str, address: str) -> None:
        """Count a refusal; the first of its kind and agent within an hour is logged and audited."""
        selfmetrics.CERTIFICATES_REFUSED.labels(reason).inc()
        if (agent_id, reason) in self._told or len(self._told) >= _MAX_REFUSALS:
            return
        self._told.add((agent_id, reason))
        self._refusals.add((agent_id, reason, address))
        _log.warning("an agent is refused for its certificate", agent=agent_id, reason=reason, address=address)

    async def _audit_refusals(self) -> None:
        if not self._refusals:
            return
        refusals, self._refusals = self._refusals, set()
        async with self._database.transaction() as connection:
            for agent_id, reason, address in refusals:
                await audit.add(
                    connection, f"agent:{agent_id}" if agent_id else "agent", "certificate.refuse",
                    f"agent:{agent_id}" if agent_id else "agent", address, result="refused", reason=reason,
                )  # fmt: skip


async def sign(
    database: Database,
    authority: Authority,
    life: timedelta,
    agent_id: int,
    request_pem: str,
    actor: str,
    address: str,
) -> tuple[AgentCertificate, bytes]:
    """Sign a request for an agent, and return the certificate, also with its CA's in PEM.

    Raises:
        InvalidError: the request is not one that is signed.
        NotFoundError: there is no such agent.
        TooManyRequestsError: the agent has too many certificates already.
    """
    try:
        key = requests.public_key_of(request_pem)
    except requests.RequestError as error:
        raise InvalidError("Not valid: csr.", FieldError("csr", str(error))) from None
    now = datetime.now(UTC)
    signed = authority.sign_agent(agent_id, key, now, life)
    pin = certificate_pin(authority.certificate)
    new = AgentCertificate(
        serial_of(signed), agent_id, pin, signed.not_valid_before_utc, signed.not_valid_after_utc, now
    )
    async with database.transaction() as connection:
        valid = await certificates.count_valid(connection, agent_id, now)
        if valid is None:
            raise NotFoundError(f"There is no agent {agent_id}.")
        if valid >= MAX_VALID:
            raise TooManyRequestsError("The agent has too many certificates that are valid.", 3600.0)
        await certificates.remove_older(connection, agent_id, now - KEEP)
        await certificates.add(connection, new)
        await audit.add(
            connection, actor, "certificate.issue", f"certificate:{new.serial}", address,
            agent=agent_id, not_after=new.not_after.isoformat(),
        )  # fmt: skip
    selfmetrics.CERTIFICATES_ISSUED.inc()
    return new, to_pem(signed) + authority.pem


async def newest(database: Database, agent_ids: Collection[int] | None, limit: int) -> list[AgentCertificate]:
    """Return certificates of some agents or of all, newest first."""
    async with database.connection() as connection:
        return await certificates.newest(connection, agent_ids, limit)


async def owner(database: Database, serial: str) -> int | None:
    """Return the agent that a certificate was issued to; None when the hub issued none with this serial number."""
    async with database.connection() as connection:
        return await certificates.owner(connection, serial)


async def revoke(
    database: Database, serial: str | None, agent_id: int | None, actor: str, address: str
) -> list[AgentCertificate]:
    """Revoke one certificate by its serial number, or all of an agent; running hubs follow within a second."""
    async with database.transaction() as connection:
        revoked = await certificates.revoke(connection, serial, agent_id)
        for one in revoked:
            await audit.add(
                connection, actor, "certificate.revoke", f"certificate:{one.serial}", address, agent=one.agent_id
            )
    return revoked
