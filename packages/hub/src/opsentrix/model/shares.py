"""Shares: passes to see one place of the dashboard without logging in."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import parse_qsl

from opsentrix.model.access import Principal
from opsentrix.model.users import Role, Scope, User

MAKER = Role.OPERATOR
"""The lowest role that may make a share, and that its maker must still have for it to work."""
_MAX_FIELDS = 100
_QUERIES = ("a", "b", "c", "d")
"""What the keys of a query in Explore's address begin with."""


class PlaceKind(StrEnum):
    """A page that can be shared."""

    HOME = "home"
    EXPLORE = "explore"


@dataclass(frozen=True, slots=True)
class Place:
    """One page as it stood in somebody's address.

    Attributes:
        kind: which page.
        search: what stood behind the question mark.
    """

    kind: PlaceKind
    search: str

    def metrics(self) -> frozenset[str]:
        """Return the metrics that this place asks for; none for what cannot be read."""
        try:
            fields = dict(parse_qsl(self.search, max_num_fields=_MAX_FIELDS))
        except ValueError:
            return frozenset()
        names = {
            PlaceKind.HOME: ("metric",),
            PlaceKind.EXPLORE: tuple(f"{letter}.metric" for letter in _QUERIES),
        }[self.kind]
        return frozenset(fields[name] for name in names if name in fields)


@dataclass(frozen=True, slots=True)
class NewShare:
    """What a new share shows, of which agents at the most, and until when."""

    label: str
    place: Place
    scope: Scope
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Share:
    """A share as it is kept; its secret never is.

    Attributes:
        maker: who made it, as they are now.
        last_used_at: to the minute; None when it never was.
    """

    id: int
    maker: User
    label: str
    place: Place
    scope: Scope
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None

    def works(self, now: datetime) -> bool:
        """Return whether it shows anything: it has not expired, and its maker may still share."""
        return self.expires_at > now and not self.maker.disabled and self.maker.role.covers(MAKER)

    @property
    def who(self) -> Principal:
        """Who looks, for what asks which agents they see: those that both the maker and the share reach."""
        return Principal.sharing(self.maker, self.scope)

    @property
    def actor(self) -> str:
        """What the audit log calls who looks."""
        return f"share:{self.id}/user:{self.maker.username}"
