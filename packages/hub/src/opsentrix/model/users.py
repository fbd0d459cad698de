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


@dataclass(frozen=True, slots=True)
class Login:
    """A person's open session."""

    session_id: int
    user: User
    expires_at: datetime
    last_seen_at: datetime
