"""The secrets by which this agent proves who it is, and how it takes a new one without ever being locked out.

The agent makes the new secret and has it on disk before the hub hears of it, and the hub hears its hash only. The one
before stays on disk: whatever was cut off, one of the two is known to the hub. docs/adr/0019 has the steps.
"""

import logging
import os
from binascii import b2a_base64
from hashlib import sha256
from pathlib import Path

from opsentrix_protocol import opsentrix_pb2 as pb

from opsentrix_agent.errors import AgentError, LinkRenewedError, LinkRevokedError
from opsentrix_agent.identity import Identity, load_identity, replace_identity

log = logging.getLogger(__name__)

PREFIX = "oxa_"
SECRET_BYTES = 32
PAUSE_S = 5.0
"""A hub gets new credentials no more often: each is a write to the disk."""
_MAX_ERROR_CHARS = 300


class Credentials:
    """The newest credential and the one before; the link's thread uses it.

    Attributes:
        present: the one to connect with.
    """

    def __init__(self, state_dir: Path, identity: Identity) -> None:
        """Begin with the newest of an identity that is kept in this directory."""
        self.present = identity.credential
        self._state_dir = state_dir
        self._identity = identity
        self._offer = b""
        self._made_at: float | None = None
        self._told_pending = False

    def welcomed(self) -> None:
        """Note that the hub knows the present credential; the newest is offered if that is another one."""
        self._told_pending = False
        self._offer = b"" if self.present == self._identity.credential else self._offering()

    def refused(self, *, revoked: bool) -> bool:
        """Note that the hub refuses the present credential; return whether to try at once with another one."""
        if self._enrolled_again():
            return True
        newest = self.present == self._identity.credential
        self.present = self._identity.credential
        if newest and not revoked and self._identity.previous_credential:
            self.present = self._identity.previous_credential
            return True
        return False

    def take(self, notice: pb.IdentityNotice, now: float) -> None:
        """Follow what the hub says of this agent's identity; `now` is in monotonic seconds.

        Raises:
            LinkRenewedError: connect again, with the new credential.
            LinkRevokedError: the identity is worth nothing any more.
        """
        if notice.kind == pb.IdentityNotice.KIND_ROTATE:
            self._renew(now)
        elif notice.kind == pb.IdentityNotice.KIND_ACCEPTED:
            self._accepted(notice.sha256)
        elif notice.kind == pb.IdentityNotice.KIND_PENDING:
            if not self._told_pending:
                log.warning("the hub lets nothing in from this agent before somebody approves it: %s", notice.detail)
            self._told_pending = True
        elif notice.kind == pb.IdentityNotice.KIND_REVOKED:
            why = f" ({notice.detail})" if notice.detail else ""
            raise LinkRevokedError(f"the hub has revoked this agent{why}; enroll it again with --force.")
        else:
            log.debug("notice of a kind that this agent does not know is ignored")

    def offers(self) -> list[bytes]:
        """Return, once, the message that offers a credential, if one is to be offered."""
        messages, self._offer = [self._offer] if self._offer else [], b""
        return messages

    def _renew(self, now: float) -> None:
        if self.present != self._identity.credential:
            self._offer = self._offering()  # it was cut off before the hub learned of it
            return
        if self._made_at is not None and now - self._made_at < PAUSE_S:
            self._fail(f"The last one was made less than {PAUSE_S:g} s ago.")
            return
        renewed = self._identity._replace(credential=_secret(), previous_credential=self._identity.credential)
        try:
            replace_identity(self._state_dir, self._identity, renewed)
        except AgentError as error:
            self._fail(str(error))
            return
        self._identity, self._made_at = renewed, now
        self._offer = self._offering()

    def _fail(self, why: str) -> None:
        log.warning("there is no new credential, the present one stays: %s", why)
        self._offer = _message(pb.CredentialOffer(error=why[:_MAX_ERROR_CHARS]))

    def _accepted(self, digest: bytes) -> None:
        newest = self._identity.credential
        if self.present != newest and digest == _digest(newest):
            self.present = newest
            raise LinkRenewedError("the hub knows the new credential; connecting with it")

    def _enrolled_again(self) -> bool:
        """Take over what `enroll` wrote while this agent ran; return whether that is worth a try."""
        try:
            found = load_identity(self._state_dir)
        except AgentError as error:
            log.debug("%s", error)
            return False
        if found is None or found == self._identity:
            return False
        ours = self._identity
        if found._replace(credential=ours.credential, previous_credential=ours.previous_credential) != ours:
            log.warning("this machine was enrolled as agent %d; start the agent again to go on", found.agent_id)
            return False
        self._identity, self.present = found, found.credential
        return True

    def _offering(self) -> bytes:
        return _message(pb.CredentialOffer(sha256=_digest(self._identity.credential)))


def _secret() -> str:
    encoded = b2a_base64(os.urandom(SECRET_BYTES), newline=False).decode()
    return PREFIX + encoded.rstrip("=").replace("+", "-").replace("/", "_")


def _digest(credential: str) -> bytes:
    return sha256(credential.encode()).digest()


def _message(offer: pb.CredentialOffer) -> bytes:
    return pb.AgentMessage(credential_offer=offer).SerializeToString()
