"""Who acts, over which agents, and what they may do there."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from opsentrix.model.users import Login, Role, Scope, User

PROVEN_FOR = timedelta(minutes=10)
"""How long after a proof of who is at the keyboard dangerous acts are let through."""


class Area(StrEnum):
    """A part of the API that an API token may be limited to."""

    AGENTS = "agents"
    METRICS = "metrics"
    ENROLLMENT = "enrollment"
    RETENTION = "retention"
    AUDIT = "audit"
    ALERTING = "alerting"
    RESPOND = "respond"
    ANNOTATIONS = "annotations"


class Permission(StrEnum):
    """What an API token may be limited to: to read everything, or to areas. To write includes to read."""

    READ = "read"
    AGENTS_READ = "agents:read"
    AGENTS_WRITE = "agents:write"
    METRICS_READ = "metrics:read"
    ENROLLMENT_WRITE = "enrollment:write"
    RETENTION_WRITE = "retention:write"
    AUDIT_READ = "audit:read"
    ALERTING_READ = "alerting:read"
    ALERTING_WRITE = "alerting:write"
    RESPOND_READ = "respond:read"
    RESPOND_WRITE = "respond:write"
    ANNOTATIONS_READ = "annotations:read"
    ANNOTATIONS_WRITE = "annotations:write"


def permits(permissions: Collection[Permission], area: Area, *, writing: bool) -> bool:
    """Return whether these permissions let somebody read or write in an area; none at all means no limit.

    But nothing runs on machines without the very permission: tokens without limits are in more places than one knows.
    """
    if area is Area.RESPOND and writing:
        return Permission.RESPOND_WRITE in permissions
    if not permissions or f"{area}:write" in permissions:
        return True
    return not writing and (Permission.READ in permissions or f"{area}:read" in permissions)


@dataclass(frozen=True, slots=True)
class TokenUse:
    """The API token that a request bears, and what it is limited to; empty permissions mean no limit."""

    id: int
    permissions: frozenset[Permission]


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts: a person, or an API token that a person made.

    Attributes:
        id: the person's.
        username: the person's.
        role: the person's; of a token, the lower one of both.
        scopes: an agent must be within all of them; empty for all agents.
        session: the open session of a person who logged in, or None for a token.
        token: the token, or None for a person who logged in.
        proven_at: when a person who logged in last proved to be themselves.
        must_enroll: whether they have to set up a second factor before anything else.
    """

    id: int
    username: str
    role: Role
    scopes: tuple[Scope, ...]
    session: int | None = None
    token: TokenUse | None = None
    proven_at: datetime | None = None
    must_enroll: bool = False

    @classmethod
    def of(cls, login: Login) -> "Principal":
        """Return a person who logged in as the one who acts."""
        user = login.user
        return cls(
            user.id, user.username, user.role, _limits(user.scope), session=login.session_id,
            proven_at=login.proven_at, must_enroll=login.must_enroll,
        )  # fmt: skip

    @classmethod
    def through(cls, user: User, token: TokenUse, role: Role, scope: Scope) -> "Principal":
        """Return a token as the one who acts: it may do nothing that its maker may not do now.

        Args:
            user: the maker, as they are now.
            token: which token.
            role: that it was given.
            scope: that it was given.
        """
        lower = user.role if role.covers(user.role) else role
        return cls(user.id, user.username, lower, _limits(user.scope, scope), token=token)

    @classmethod
    def sharing(cls, user: User, scope: Scope) -> "Principal":
        """Return who looks at what a person shares: no more agents than both the person and the share reach.

        Args:
            user: the maker, as they are now.
            scope: that the share was given.
        """
        return cls(user.id, user.username, Role.VIEWER, _limits(user.scope, scope))

    @property
    def actor(self) -> str:
        """What the audit log calls them. A user's name cannot make it look like a token, nor the other way round."""
        return f"user:{self.username}" if self.token is None else f"api_token:{self.token.id}/user:{self.username}"

    def proven(self, now: datetime) -> bool:
        """Return whether dangerous acts may follow without asking again; a token cannot be asked."""
        return self.proven_at is None or now - self.proven_at <= PROVEN_FOR

    @property
    def everywhere(self) -> bool:
        """Whether all agents are within reach, those that come included."""
        return not self.scopes

    @property
    def governs(self) -> bool:
        """Whether they are an admin of all agents, which is what concerns everybody needs."""
        return self.role is Role.ADMIN and self.everywhere

    def covers(self, environment: str, tags: Collection[str]) -> bool:
        """Return whether an agent of this environment, with these tags, is within reach."""
        return all(one.covers(environment, tags) for one in self.scopes)


def _limits(*scopes: Scope) -> tuple[Scope, ...]:
    return tuple(one for one in scopes if not one.everything)
