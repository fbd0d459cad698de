"""Agents and enrollment."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from opsentrix.model.identity import Admission
from opsentrix.model.users import Scope


class AgentStatus(StrEnum):
    """How an agent is, as far as the hub knows."""

    ONLINE = "online"
    OFFLINE = "offline"
    ERROR = "error"
    MAINTENANCE = "maintenance"


class TokenState(StrEnum):
    """Whether an enrollment token can still be used."""

    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent as it stands in the database.

    Attributes:
        enrolled_with: id of the enrollment token that let it in last.
    """

    id: int
    name: str
    type: str
    host: str
    port: int | None
    environment: str
    metadata: dict[str, Any]
    tags: tuple[str, ...]
    status: AgentStatus
    last_heartbeat: datetime | None
    version: str
    reporting_interval: float
    facts: dict[str, str]
    created_at: datetime
    must_seal: bool = False
    admission: Admission = Admission.ADMITTED
    enrolled_with: int | None = None


@dataclass(frozen=True, slots=True)
class NewAgent:
    """What an agent says of itself when it registers."""

    name: str
    type: str
    host: str
    port: int | None = None
    environment: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    reporting_interval: float = 60.0


@dataclass(frozen=True, slots=True)
class AgentFilter:
    """Which agents a list shows; an empty tuple lets all pass. They must be within all of the scopes."""

    status: tuple[str, ...] = ()
    type: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    q: str = ""
    scopes: tuple[Scope, ...] = ()
    admission: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """What a new enrollment token allows: how often and how long, for whom, and what its agents get.

    Attributes:
        types: the types of agents that it lets in; none means all.
        approval: whether its agents wait until a person lets them in.
        agent_id: an agent that enrolls again with it and keeps its id and history; it lets nobody else in.
    """

    lifetime: timedelta = timedelta(hours=1)
    max_uses: int = 1
    types: tuple[str, ...] = ()
    environment: str = ""
    tags: tuple[str, ...] = ()
    approval: bool = False
    agent_id: int | None = None


@dataclass(frozen=True, slots=True)
class EnrollmentToken:
    """Permission for new agents to register; the token itself is never kept."""

    id: int
    expires_at: datetime
    max_uses: int
    uses: int
    revoked_at: datetime | None
    types: tuple[str, ...]
    environment: str
    tags: tuple[str, ...]
    approval: bool
    agent_id: int | None
    created_at: datetime
    created_by: str | None

    def state(self, now: datetime) -> TokenState:
        """Return whether it can still be used, or why not."""
        if self.revoked_at is not None:
            return TokenState.REVOKED
        if self.uses >= self.max_uses:
            return TokenState.USED
        return TokenState.OPEN if self.expires_at > now else TokenState.EXPIRED
