"""Marks: what people and programs note on the time of machines, such as deployments. The API calls them annotations."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

MAX_SPAN = timedelta(days=7)
"""Longer than this no mark lasts: so a question about a time need not look at all that went before."""


class MarkKind(StrEnum):
    """What is marked."""

    DEPLOY = "deploy"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark.

    Attributes:
        until: when it ended; the same as `at` for a moment.
        url: where there is more about it; empty for none.
        agents: whom it is about; None for the whole fleet.
        key: whoever made it makes no second one of this key; None for no such promise.
    """

    id: int
    kind: MarkKind
    at: datetime
    until: datetime
    title: str
    text: str
    tags: tuple[str, ...]
    url: str
    agents: frozenset[int] | None
    key: str | None
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MarkFilter:
    """Which marks are wanted; what is empty filters nothing.

    Attributes:
        start: those that ended before are left out.
        end: those that begin then or later are left out.
        agent: those about this agent, and about the whole fleet.
        visible: those about one of these agents, and about the whole fleet; None for all.
        before: those with smaller ids.
    """

    start: datetime
    end: datetime
    kinds: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    agent: int | None = None
    visible: frozenset[int] | None = None
    before: int | None = None
