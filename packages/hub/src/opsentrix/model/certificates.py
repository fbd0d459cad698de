"""Certificates of agents, as plain data."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AgentCertificate:
    """A certificate that the hub's own CA issued.

    Attributes:
        serial: its serial number in hexadecimal.
        agent_id: whose it is.
        authority: the fingerprint of the CA that signed it.
        revoked_at: since when it is not taken any more.
        used_at: when its agent first showed it.
    """

    serial: str
    agent_id: int
    authority: str
    not_before: datetime
    not_after: datetime
    created_at: datetime
    revoked_at: datetime | None = None
    used_at: datetime | None = None

    def state(self, now: datetime) -> str:
        """Return `revoked`, `expired` or `valid`."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.not_after <= now else "valid"
