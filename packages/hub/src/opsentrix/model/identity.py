"""Who an agent is: credentials, admission, and hosts that claim the same identity."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Admission(StrEnum):
    """Whether an agent is let in."""

    PENDING = "pending"
    """A person has not decided yet: it may connect, and nothing is taken of it."""
    ADMITTED = "admitted"
    REFUSED = "refused"
    """A person, or time, decided against it."""
    REVOKED = "revoked"
    """It was let in once. Its history stays, and enrolling it again brings it back."""


class CredentialState(StrEnum):
    """What a credential is worth."""

    OFFERED = "offered"
    """The agent keeps it and has not used it yet; its first use makes it the active one."""
    ACTIVE = "active"
    RETIRING = "retiring"
    """A newer one was used; this one is good until it expires."""
    REVOKED = "revoked"
    """Kept so that whoever still uses it can be told."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential of which the hub knows the hash alone; `expires_at` is there while it is retiring."""

    hash: bytes
    agent_id: int
    state: CredentialState
    created_at: datetime
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AdmissionRecord:
    """How an agent got in and stands now.

    Attributes:
        admission_by: who decided, as in the audit log; empty for an agent that no person had to admit.
        enrolled_with: id of the enrollment token.
        enrolled_from: address that the registration came from.
        rotation_requested_at: since when a person waits for a new credential.
        rotation_error: why the agent could not make one.
    """

    admission: Admission
    admission_at: datetime
    admission_by: str
    admission_reason: str
    enrolled_with: int | None
    enrolled_from: str
    rotation_requested_at: datetime | None
    rotation_error: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Host:
    """A host as it showed itself on connecting.

    Attributes:
        run: boot id of the agent's process, 16 bytes.
        machine: the fact `host.id`; empty when it told none.
        name: the fact `host.name`.
        address: where the connection came from.
    """

    run: bytes
    machine: str
    name: str
    address: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Clone:
    """Two hosts that use one identity.

    Attributes:
        sides: the two, the one that was connected before in front.
        kept: index of the side that a person keeps, from then until it has a credential of its own.
    """

    agent_id: int
    noticed_at: datetime
    sides: tuple[Host, Host]
    kept: int | None = None


class Verdict(StrEnum):
    """What follows when an agent says Hello."""

    WELCOME = "welcome"
    RENEW = "renew"
    """Welcome, and a new credential is needed at once."""
    PENDING = "pending"
    REFUSED = "refused"
    """It was revoked a moment ago, or another host with this identity was kept."""
