"""What happened to one agent, whatever told of it: entries of one list, newest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, Self

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_ID = 2**63 - 1


class EventKind(StrEnum):
    """What happened. Of one moment, those named first here come first in a list."""

    RESTART = "restart"
    ALERT = "alert"
    COMMAND = "command"
    RUNBOOK = "runbook"
    ANNOTATION = "annotation"
    CONFIGURATION = "configuration"
    UPGRADE = "upgrade"
    GAP = "gap"
    RECORDING = "recording"
    CHANGE = "change"

    @property
    def rank(self) -> int:
        """Its place in the order."""
        return list(EventKind).index(self)


class LinkKind(StrEnum):
    """What an event leads to."""

    INCIDENT = "incident"
    COMMAND = "command"
    RUNBOOK_RUN = "runbook_run"
    RECORDING = "recording"
    ROLLOUT = "rollout"


@dataclass(frozen=True, slots=True)
class AgentEvent:
    """One thing that happened.

    Attributes:
        id: unique within its kind.
        until: when it was over; None for a moment, and while it goes on.
        title: the name of what it is about, as people or the catalogue wrote it; empty where the kind says all.
        state: how it stands or came out, in the words of its kind.
        since: of an alert that is over, when it began to fire.
        severity: of an alert.
        actor: who did it; empty for nobody, or where that is not known.
        detail: what was written about it.
        params: of a command.
        labels: what of the agent an alert is about.
        fields: names of what was changed, or refused.
        lost_frames: in a gap: frames that the agent made and the hub does not have.
        link_kind: what it leads to, with its number in `link_id`.
        url: where somebody says that there is more about it.
    """

    kind: EventKind
    id: int
    at: datetime
    until: datetime | None = None
    title: str = ""
    state: str = ""
    since: datetime | None = None
    severity: str | None = None
    actor: str = ""
    detail: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    fields: Sequence[str] = ()
    lost_frames: int = 0
    link_kind: LinkKind | None = None
    link_id: int | None = None
    url: str = ""

    @property
    def cursor(self) -> "Cursor":
        """Its place in the list."""
        return Cursor(self.at, self.kind, self.id)


class Cursor(NamedTuple):
    """A place in the list: what comes after it is older, or of a kind that is named later, or has a smaller id."""

    at: datetime
    kind: EventKind
    id: int

    @property
    def order(self) -> tuple[datetime, int, int]:
        """What a list is sorted by, downwards."""
        return self.at, -self.kind.rank, self.id

    def bound(self, kind: EventKind) -> tuple[datetime, int]:
        """Return which (time, id) of a kind come after it: those that are smaller."""
        if kind is self.kind:
            return self.at, self.id
        return self.at, _LAST_ID if kind.rank > self.kind.rank else -1

    def __str__(self) -> str:
        """Return it as text: microseconds, kind and id."""
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1)}.{self.kind}.{self.id}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the cursor of a text.

        Raises:
            ValueError: it is none.
        """
        micros, kind, number = text.split(".")
        if not (micros.isascii() and micros.isdigit() and number.isascii() and number.isdigit()):
            raise ValueError("has other than digits")
        if len(micros) > 16 or len(number) > 19 or int(number) > _LAST_ID:
            raise ValueError("is out of range")
        return cls(_EPOCH + timedelta(microseconds=int(micros)), EventKind(kind), int(number))


def merged(lists: Sequence[Sequence[AgentEvent]], limit: int) -> list[AgentEvent]:
    """Return the newest of several lists, newest first."""
    return sorted((one for some in lists for one in some), key=lambda one: one.cursor.order, reverse=True)[:limit]
