"""API tokens: what scripts and other programs act with in a person's place."""

from dataclasses import dataclass
from datetime import datetime

from opsentrix.model.access import Permission, TokenUse
from opsentrix.model.users import Role, Scope, User


@dataclass(frozen=True, slots=True)
class NewApiToken:
    """What a new token is for, and what it may at most; empty permissions mean all that the role may."""

    name: str
    role: Role
    scope: Scope
    permissions: frozenset[Permission]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token as it is listed; the token itself is never kept.

    Attributes:
        user_id: who made it.
        username: their name.
        last_used_at: to the minute; None when it never was.
        last_used_from: the address of that use.
    """

    id: int
    user_id: int
    username: str
    name: str
    role: Role
    scope: Scope
    permissions: frozenset[Permission]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    last_used_from: str


@dataclass(frozen=True, slots=True)
class PresentedToken:
    """A token that a request bears, as it is kept, with its maker as they are now."""

    use: TokenUse
    role: Role
    scope: Scope
    expires_at: datetime
    last_used_at: datetime | None
    maker: User
