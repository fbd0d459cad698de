"""Shares: passes to see one place of the dashboard without logging in."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl

from opsentrix.model.access import Principal
from opsentrix.model.dashboards import metrics_of, tells_incidents
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
    DASHBOARD = "dashboard"


@dataclass(frozen=True, slots=True)
class SharedDashboard:
    """A dashboard that is shared, with its specification as it is now."""

    id: int
    name: str
    spec: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """One page as it stood in somebody's address.

    Attributes:
        kind: which page.
        search: what stood behind the question mark.
        dashboard: which, as it is now, where it is one that was not deleted.
    """

    kind: PlaceKind
    search: str
    dashboard: SharedDashboard | None = None

    def metrics(self) -> frozenset[str]:
        """Return the metrics that this place asks for; none for what cannot be read."""
        if self.dashboard is not None:
            return metrics_of(self.dashboard.spec)
        try:
            fields = dict(parse_qsl(self.search, max_num_fields=_MAX_FIELDS))
        except ValueError:
            return frozenset()
        names = {
            PlaceKind.HOME: ("metric",),
            PlaceKind.EXPLORE: tuple(f"{letter}.metric" for letter in _QUERIES),
            PlaceKind.DASHBOARD: (),
        }[self.kind]
        return frozenset(fields[name] for name in names if name in fields)

    def tells_incidents(self) -> bool:
        """Return whether open incidents are shown there."""
        return self.kind is PlaceKind.HOME or (self.dashboard is not None and tells_incidents(self.dashboard.spec))

    def is_there(self) -> bool:
        """Return whether there is anything to show: a dashboard can be deleted, and be restored."""
        return self.kind is not PlaceKind.DASHBOARD or self.dashboard is not None


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
        """Return whether it shows anything: it has not expired, its maker may still share, and its page is there."""
        may = not self.maker.disabled and self.maker.role.covers(MAKER)
        return self.expires_at > now and may and self.place.is_there()

    @property
    def who(self) -> Principal:
        """Who looks, for what asks which agents they see: those that both the maker and the share reach."""
        return Principal.sharing(self.maker, self.scope)

    @property
    def actor(self) -> str:
        """What the audit log calls who looks."""
        return f"share:{self.id}/user:{self.maker.username}"
