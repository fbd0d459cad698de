"""People and what they may do."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What a person may do; each role may do all that the ones before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def covers(self, needed: "Role") -> bool:
        """Return whether this role may do what `needed` may."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which agents: those of some environments, and those with at least one of some tags. Nothing named: all agents."""

    environments: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()

    @property
    def everything(self) -> bool:
        """Whether all agents are within it."""
        return not self.environments and not self.tags

    def covers(self, environment: str, tags: Collection[str]) -> bool:
        """Return whether an agent of this environment, with these tags, is within it."""
        return self.everything or environment in self.environments or not self.tags.isdisjoint(tags)


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class User:
    """A person who can log in; `scope` is which agents they see."""

    id: int
    username: str
    role: Role
    disabled: bool
    created_at: datetime
    scope: Scope


class Method(StrEnum):
    """How somebody proved who they are when a session began."""

    PASSWORD = "password"  # noqa: S105 - what was asked for, not what was said
    TOTP = "password+totp"
    RECOVERY_CODE = "password+recovery"


@dataclass(frozen=True, slots=True)
class Login:
    """A person's open session.

    Attributes:
        session_id: of the session, whose token changes now and then.
        user: whose it is.
        expires_at: when it ends unless it is used.
        last_seen_at: when it was used, to some minutes.
        method: how it began: a `Method`, or what an identity provider's login is called.
        proven_at: when its owner last proved to be themselves.
        rotated_at: when its token was made.
        current: whether it was found by its newest token rather than by the one before.
        unconfirmed: whether its newest token has not been used yet.
        totp: whether its owner has a second factor.
        must_enroll: whether its owner has to set up a second factor before anything else.
    """

    session_id: int
    user: User
    expires_at: datetime
    last_seen_at: datetime
    method: str
    proven_at: datetime
    rotated_at: datetime
    current: bool
    unconfirmed: bool
    totp: bool
    must_enroll: bool = False


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """An open session as its owner sees it listed."""

    id: int
    method: str
    address: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """A user as admins see them listed.

    Attributes:
        user: who.
        has_password: False for who was invited and has not come yet, and for who comes by an identity provider.
        totp: whether they have a second factor.
        sessions: how many sessions they have open.
        last_login_at: when they last logged in, if ever.
        link_expires_at: until when an invitation or a reset link can be used, if there is one.
        has_identity: whether they can log in at an identity provider.
    """

    user: User
    has_password: bool
    totp: bool
    sessions: int
    last_login_at: datetime | None
    link_expires_at: datetime | None
    has_identity: bool = False

    @property
    def invited(self) -> bool:
        """Whether they cannot log in yet."""
        return not self.has_password and not self.has_identity
