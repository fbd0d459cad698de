"""Incidents: alerts that belong together, what happened to them, and who looks after them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from opsentrix.model.rules import Severity
from opsentrix.model.stored_alerts import Labels

HUB = "hub"
"""Who acts where no person does."""


class IncidentState(StrEnum):
    """Whether somebody has to look at an incident."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class IncidentKind(StrEnum):
    """What an incident is about."""

    ALERTS = "alerts"
    MASS_LOSS = "mass_loss"


class EntryKind(StrEnum):
    """What a line of a timeline tells."""

    OPENED = "opened"
    JOINED = "joined"
    MOVED = "moved"
    FIRED = "fired"
    NO_DATA = "no_data"
    OVER = "over"
    FLAPPING = "flapping"
    QUIET = "quiet"
    LOUD = "loud"
    TOLD = "told"
    NOT_TOLD = "not_told"
    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged"
    ASSIGNED = "assigned"
    COMMENT = "comment"
    NOTES = "notes"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    MERGED = "merged"
    COMMAND = "command"
    RUNBOOK = "runbook"


@dataclass(slots=True)
class Member:
    """An alert of an incident.

    Attributes:
        labels: of its target and of its rule.
        loss: whether it says that its agent is lost.
        known: False while it fires and there are no data any more.
        since: when it began to fire, by its samples' time.
        fired_at: the same by the hub's clock.
        over_at: from when on it counts as over; None while it fires. Of one that flaps this is in the future.
        changes: when it began to fire and when it was resolved lately, the oldest first.
        loud_at: from when on people may be told of it; None while it is quiet.
        told: whether people were.
        quiet: what keeps it quiet; empty for nothing.
        moved_to: the incident that it belongs to instead.
    """

    fingerprint: bytes
    rule_id: int
    rule_name: str
    agent_id: int | None
    agent_name: str
    labels: Labels
    severity: Severity
    loss: bool
    since: datetime
    fired_at: datetime
    value: float | None = None
    known: bool = True
    over_at: datetime | None = None
    changes: list[datetime] = field(default_factory=list)
    loud_at: datetime | None = None
    told: bool = False
    quiet: str = ""
    moved_to: int | None = None

    def counts(self, now: datetime) -> bool:
        """Return whether it is not over."""
        return self.moved_to is None and (self.over_at is None or self.over_at > now)

    @property
    def name(self) -> str:
        """The rule and its target, for people."""
        return f"{self.rule_name} on {self.agent_name}" if self.agent_name else self.rule_name


@dataclass(slots=True)
class Incident:
    """An incident.

    Attributes:
        severity: the highest that it had.
        acknowledged_until: when somebody's acknowledgement expires.
        kept_open: whether a person has to resolve it, because a person opened it again.
        resolved_by: a person, or `HUB`.
        merged_into: the incident that all of its alerts went to.
        told: whether people were told that it is open, and not yet of its end.
        told_at: when people were last told something of it.
        due_at: when it has to be looked at next; None for not before something happens.
        members: by fingerprint.
    """

    id: int
    kind: IncidentKind
    severity: Severity
    opened_at: datetime
    title: str = ""
    state: IncidentState = IncidentState.OPEN
    acknowledged_by: str = ""
    acknowledged_until: datetime | None = None
    assignee: str = ""
    notes: str = ""
    kept_open: bool = False
    resolved_at: datetime | None = None
    resolved_by: str = ""
    merged_into: int | None = None
    told: bool = False
    told_at: datetime | None = None
    told_severity: str = ""
    due_at: datetime | None = None
    members: dict[bytes, Member] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        """Whether it is not resolved."""
        return self.state is not IncidentState.RESOLVED

    def own(self) -> list[Member]:
        """Return the alerts that did not go to another incident."""
        return [one for one in self.members.values() if one.moved_to is None]

    def counting(self, now: datetime) -> list[Member]:
        """Return the alerts that are not over."""
        return [one for one in self.members.values() if one.counts(now)]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of an incident's timeline; `agent_ids` are all agents that its text names."""

    incident_id: int
    at: datetime
    kind: EntryKind
    text: str
    actor: str = HUB
    fingerprint: bytes | None = None
    agent_ids: tuple[int, ...] = ()
