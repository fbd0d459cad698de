"""Who shows a certificate: judged by the hub's book of its own certificates, or by the name in another CA's."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.x509.oid import NameOID

from opsentrix.errors import UnauthenticatedError
from opsentrix.model.agents import Agent
from opsentrix.model.certificates import AgentCertificate
from opsentrix.pki.authority import Authority, agent_of, serial_of


@dataclass(frozen=True, slots=True)
class Peer:
    """An agent as its certificate has it: id, serial number, and until when it is valid."""

    agent_id: int
    serial: str
    not_after: datetime


class CertificateRefusedError(UnauthenticatedError):
    """A certificate is not taken; `reason` is one word for it."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class Peers:
    """Tells whose certificate it is that TLS let through, and whether it still counts.

    TLS has checked the signature of an authority and the dates; a session that is resumed skips even that.
    """

    def __init__(self, authority: Authority, name_field: str, named: Callable[[str], list[Agent]]) -> None:
        """Take what it judges by.

        Args:
            authority: the hub's own CA.
            name_field: what of other authorities' certificates is the agent's name: `cn` or `dns`.
            named: returns the agents with a name, in any case.
        """
        self._authority = authority
        self._name_field = name_field
        self._named = named
        self.book: dict[str, AgentCertificate] = {}

    def identify(self, der: bytes, now: datetime, bearer_of: Agent | None) -> Peer:
        """Return the agent whose certificate this is.

        Args:
            der: the certificate.
            now: for its dates.
            bearer_of: the agent whose credential came along, if one did.

        Raises:
            CertificateRefusedError: it is nobody's, another agent's, revoked or out of date.
        """
        try:
            certificate = x509.load_der_x509_certificate(der)
            peer = (
                self._own(certificate) if self._authority.issued(certificate) else self._other(certificate, bearer_of)
            )
        except ValueError:
            raise CertificateRefusedError("unreadable", "The certificate cannot be read.") from None
        if peer.not_after <= now:
            raise CertificateRefusedError("expired", "The certificate has expired.")
        if bearer_of is not None and peer.agent_id != bearer_of.id:
            raise CertificateRefusedError("another_agent", "The certificate is that of another agent.")
        return peer

    def _own(self, certificate: x509.Certificate) -> Peer:
        known = self.book.get(serial_of(certificate))
        if known is None or agent_of(certificate) != known.agent_id:
            raise CertificateRefusedError("unknown", "The certificate is not one that the hub issued to an agent.")
        if known.revoked_at is not None:
            raise CertificateRefusedError("revoked", "The certificate was revoked.")
        return Peer(known.agent_id, known.serial, known.not_after)

    def _other(self, certificate: x509.Certificate, bearer_of: Agent | None) -> Peer:
        names = {name.lower() for name in self._names(certificate)}
        if bearer_of is not None and bearer_of.name.lower() in names:
            found = [bearer_of]
        else:
            found = [agent for name in names for agent in self._named(name)]
        if len(found) != 1:
            detail = "The certificate names no agent." if not found else "The certificate names more than one agent."
            raise CertificateRefusedError("unknown", detail)
        return Peer(found[0].id, serial_of(certificate), certificate.not_valid_after_utc.astimezone(UTC))

    def _names(self, certificate: x509.Certificate) -> list[str]:
        if self._name_field == "cn":
            return [str(one.value) for one in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
        try:
            names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            return []
        return names.get_values_for_type(x509.DNSName)
