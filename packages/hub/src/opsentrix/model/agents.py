"""Agents and enrollment."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from opsentrix.model.users import Scope


class AgentStatus(StrEnum):
    """How an agent is, as far as the hub knows."""

    ONLINE = "online"
    OFFLINE = "offline"
    ERROR = "error"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent as it stands in the database."""

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
    credential_hash: bytes
    created_at: datetime
    must_seal: bool = False


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


@dataclass(frozen=True, slots=True)
class EnrollmentToken:
    """Permission for new agents to register; the token itself is never kept."""

    id: int
    expires_at: datetime
    max_uses: int
    uses: int
    revoked_at: datetime | None
    environment: str
    tags: tuple[str, ...]
    created_at: datetime
    created_by: str | None
