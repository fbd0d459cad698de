"""Alerts, their rules and their transitions as they are stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from opsentrix.model.rules import Severity

Labels = Mapping[str, str]


class AlertState(StrEnum):
    """How an alert is; that one was resolved is a transition to inactive."""

    INACTIVE = "inactive"
    PENDING = "pending"
    FIRING = "firing"
    UNKNOWN = "unknown"


ALARMING = (AlertState.FIRING, AlertState.UNKNOWN)
"""An alert that fires and has no data any more is not over."""

AGENT_DELETED, RULE_DELETED, RULE_OFF = "agent deleted", "rule removed", "rule switched off"
"""Why an alert ended that samples did not resolve."""


@dataclass(frozen=True, slots=True)
class StoredRule:
    """A rule as it is stored.

    Attributes:
        id: never used again.
        name: for people.
        version: counts its changes, from 1.
        enabled: whether it is evaluated.
        severity: of its alerts.
        definition: its condition, selector and times, in the JSON form of rules.
        labels: added to those of its targets, for routes and silences.
        annotations: texts for people, such as `summary`.
        group_by: globs of tags; its alerts of agents that share such a tag belong together.
        loss: whether it fires because an agent is lost.
        changed_at: when it got this version.
        changed_by: who gave it this version.
        group_id: the group that it belongs to.
    """

    id: int
    name: str
    version: int
    enabled: bool
    severity: Severity
    definition: dict[str, Any]
    labels: dict[str, str]
    annotations: dict[str, str]
    group_by: tuple[str, ...]
    loss: bool
    changed_at: datetime
    changed_by: str
    group_id: int | None = None


@dataclass(frozen=True, slots=True)
class NewGroup:
    """What a group of rules says.

    Attributes:
        name: for people; no two groups have the same.
        selector: which agents, as it stands behind `on` in a rule, written canonically; empty for all.
        enabled: whether its rules may be evaluated.
        description: for people.
    """

    name: str
    selector: str = ""
    enabled: bool = True
    description: str = ""


@dataclass(frozen=True, slots=True)
class StoredGroup:
    """A group of rules as it is stored.

    Attributes:
        id: never used again.
        new: what it says.
        version: counts its changes, from 1.
        changed_at: when it got this version.
        changed_by: who gave it this version.
        rules: how many rules it has.
    """

    id: int
    new: NewGroup
    version: int
    changed_at: datetime
    changed_by: str
    rules: int


@dataclass(frozen=True, slots=True)
class NewRule:
    """What a rule, or a new version of one, says."""

    name: str
    severity: Severity
    definition: dict[str, Any]
    enabled: bool = True
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    group_by: tuple[str, ...] = ()
    loss: bool = False
    group_id: int | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert that is not inactive.

    Attributes:
        fingerprint: 32 bytes; its identity over restarts.
        rule_id: the rule.
        rule_version: the version that raised it.
        agent_id: of its target; None where the rule itself is the target.
        labels: of its target's series.
        severity: as that version has it.
        state: not inactive.
        since: when it got into this state, by its samples' time.
        value: the newest that was judged.
        last_sample_at: when that was sampled.
        clear_since: since when a firing one has been clear, though not for long enough; None while it is not.
    """

    fingerprint: bytes
    rule_id: int
    rule_version: int
    agent_id: int | None
    labels: Labels
    severity: Severity
    state: AlertState
    since: datetime
    value: float | None = None
    last_sample_at: datetime | None = None
    clear_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """An alert that changed its state.

    Attributes:
        alert: as it is now; inactive when it was resolved or never came to fire.
        before: its state before.
        at: when it changed, by its samples' time.
        threshold: that its value was held against.
        reason: what changed it where samples did not.
    """

    alert: Alert
    before: AlertState
    at: datetime
    threshold: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """A stored transition.

    Attributes:
        number: rises in the order of commits, so that a cursor misses none.
        recorded_at: when it was stored, by the hub's clock.
        threshold: that the value was held against.
        reason: what changed it where samples did not.
        incident_id: the incident that it went into, once it was.
    """

    number: int
    fingerprint: bytes
    rule_id: int
    rule_version: int
    rule_name: str
    agent_id: int | None
    labels: Labels
    severity: Severity
    loss: bool
    before: AlertState
    after: AlertState
    at: datetime
    recorded_at: datetime
    value: float | None = None
    threshold: float | None = None
    reason: str = ""
    incident_id: int | None = None


@dataclass(frozen=True, slots=True)
class AgentFacts:
    """What grouping and quiet look at of an agent."""

    id: int
    name: str
    type: str = ""
    environment: str = ""
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RuleOverride:
    """What holds for one agent instead of what a rule says: another threshold in base units, or not at all."""

    rule_id: int
    agent_id: int
    threshold: float | None = None
    enabled: bool = True
