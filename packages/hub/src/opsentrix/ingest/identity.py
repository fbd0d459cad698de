"""The part of a session that is about who the agent is: whether it is let in, and its new credential."""

from typing import Protocol

from opsentrix_protocol import opsentrix_pb2 as pb

from opsentrix.errors import ConflictError
from opsentrix.ingest.errors import FrameRejectedError
from opsentrix.model.identity import Verdict

CAPABILITY = "identity"
MAX_OFFERS = 100
"""Credentials that are taken of an agent in one session."""
MAX_ERROR_CHARS = 300
PENDING = "Nobody has approved this agent yet."
NOT_KEPT = "Another host with this identity was kept."


class Identities(Protocol):
    """What sessions ask of whoever knows the agents."""

    async def arrive(self, agent_id: int, run: bytes, facts: dict[str, str], address: str) -> Verdict:
        """Return what follows when an agent says Hello.

        Args:
            agent_id: who it is by its credential.
            run: boot id of its process.
            facts: what it tells of its host.
            address: where the connection comes from.
        """

    async def offer(self, agent_id: int, credential_hash: bytes, address: str) -> None:
        """Take the hash of a new credential.

        Raises:
            ConflictError: it cannot be taken.
        """

    async def failed(self, agent_id: int, error: str) -> None:
        """Note why an agent could make no new credential."""


class Offers:
    """The new credentials that an agent offers in one session."""

    def __init__(self, agent_id: int, address: str, identities: Identities) -> None:
        """Take who offers, from where, and who takes it."""
        self._agent_id = agent_id
        self._address = address
        self._identities = identities
        self._count = 0

    async def take(self, offer: pb.CredentialOffer) -> pb.HubMessage | None:
        """Take an offer, or why there is none, and return the answer.

        Raises:
            FrameRejectedError: it cannot be taken.
        """
        self._count += 1
        if self._count > MAX_OFFERS:
            raise _refused("came too often in this session")
        if offer.error:
            error = "".join(one for one in offer.error[:MAX_ERROR_CHARS] if one.isprintable())
            await self._identities.failed(self._agent_id, error)
            return None
        try:
            await self._identities.offer(self._agent_id, offer.sha256, self._address)
        except ConflictError as error:
            raise _refused(error.detail) from None
        return notice(pb.IdentityNotice.KIND_ACCEPTED, offer.sha256)


def notice(kind: pb.IdentityNotice.Kind, sha256: bytes = b"", detail: str = "") -> pb.HubMessage:
    """Return the message that tells an agent how its identity stands."""
    return pb.HubMessage(identity_notice=pb.IdentityNotice(kind=kind, sha256=sha256, detail=detail))


def _refused(detail: str) -> FrameRejectedError:
    return FrameRejectedError(pb.REJECT_REASON_MALFORMED, "credential_offer", detail)
