"""Quiet: silences and maintenance windows, which keep notifications back and nothing else. Nothing here reads a clock.

A window's occurrences begin at local times; their length is elapsed time.
"""

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from opsentrix.model import globs
from opsentrix.model.recurrence import moments
from opsentrix.model.rules import Severity
from opsentrix.model.stored_alerts import AgentFacts
from opsentrix.model.users import Scope

AGENT_KEYS = ("agent", "type", "environment", "tag")
KEYS = (*AGENT_KEYS, "severity", "rule")
LABEL = "label."
"""What the keys of labels begin with."""
MAX_MATCHERS = 20
MAX_SILENCE = timedelta(days=366)
MIN_DURATION, MAX_DURATION = timedelta(minutes=1), timedelta(days=31)


class Op(StrEnum):
    """How a matcher looks at a value."""

    IS = "="
    IS_NOT = "!="
    GLOB = "~"


@dataclass(frozen=True, slots=True)
class Matcher:
    """One demand.

    Attributes:
        key: one of `KEYS`, or `label.` and a label's name; a label that is not there counts as empty.
        op: how it is looked at.
        value: what is asked for; a GLOB has `*` for any characters and `?` for one.
    """

    key: str
    op: Op
    value: str

    def accepts(self, have: Collection[str]) -> bool:
        """Return whether one of these values is right; for IS_NOT, whether none of them is wrong."""
        if self.op is Op.IS_NOT:
            return self.value not in have
        if self.op is Op.GLOB:
            return any(globs.matches(self.value, one) for one in have)
        return self.value in have

    def __str__(self) -> str:
        return f"{self.key} {self.op} {self.value}"


@dataclass(frozen=True, slots=True)
class Subject:
    """What matchers look at: an alert, and its agent where it has one."""

    agent: AgentFacts | None
    severity: Severity
    rule: str
    labels: Mapping[str, str] = field(default_factory=dict)

    def have(self, key: str) -> Collection[str]:
        """Return the values that it has for a matcher's key."""
        if key.startswith(LABEL):
            return (self.labels.get(key.removeprefix(LABEL), ""),)
        if key in AGENT_KEYS:
            return () if self.agent is None else _of_agent(self.agent, key)
        return (self.severity,) if key == "severity" else (self.rule,)


@dataclass(frozen=True, slots=True)
class Reach:
    """What a silence or window is about: what all of its matchers accept, within the scopes of whoever made it.

    Attributes:
        matchers: the demands.
        within: the scopes.
        agents: the ids of chosen agents, and no alert without an agent then; empty for all.
    """

    matchers: tuple[Matcher, ...]
    within: tuple[Scope, ...] = ()
    agents: frozenset[int] = frozenset()

    def meets(self, subject: Subject) -> bool:
        """Return whether an alert is meant. Who made it for some agents only reaches no alert without an agent."""
        return self._covers(subject.agent) and all(one.accepts(subject.have(one.key)) for one in self.matchers)

    def could_meet(self, agent: AgentFacts) -> bool:
        """Return whether some alert of an agent may be meant."""
        asked = (one for one in self.matchers if one.key in AGENT_KEYS)
        return self._covers(agent) and all(one.accepts(_of_agent(agent, one.key)) for one in asked)

    @property
    def whole_agents(self) -> bool:
        """Whether it is about agents and not about some of their alerts."""
        return all(one.key in AGENT_KEYS for one in self.matchers)

    def _covers(self, agent: AgentFacts | None) -> bool:
        if agent is None:
            return not self.within and not self.agents
        return (not self.agents or agent.id in self.agents) and all(
            one.covers(agent.environment, agent.tags) for one in self.within
        )


@dataclass(frozen=True, slots=True)
class Silence:
    """Somebody's wish for quiet, from `starts_at` until before `ends_at`."""

    id: int
    reach: Reach
    starts_at: datetime
    ends_at: datetime
    comment: str
    created_by: str
    created_at: datetime
    expired_by: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A time, in UTC: from `begins` until before `ends`."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class MaintenanceWindow:
    """A time of planned work, once or again and again.

    Attributes:
        starts_local: when it begins first, on the clocks of its zone.
        zone: an IANA name.
        duration: elapsed time.
        rrule: RFC 5545, as `model.recurrence` understands it; empty for once.
    """

    id: int
    name: str
    reach: Reach
    starts_local: datetime
    zone: str
    duration: timedelta
    rrule: str
    comment: str
    created_by: str
    created_at: datetime

    def spans(self, after: datetime) -> Iterator[Span]:
        """Yield its occurrences that end after a moment, in order."""
        for begins in moments(self.rrule, self.starts_local, self.zone, after - self.duration):
            yield Span(begins, begins + self.duration)


def active(window: MaintenanceWindow, now: datetime) -> datetime | None:
    """Return when a window's occurrence of now ends, the last one where several overlap; None outside of it."""
    under_way = itertools.takewhile(lambda span: span.begins <= now, window.spans(now))
    return max((span.ends for span in under_way), default=None)


def upcoming(window: MaintenanceWindow, now: datetime, count: int) -> list[Span]:
    """Return the next occurrences that begin after now."""
    return list(itertools.islice((span for span in window.spans(now) if span.begins > now), count))


@dataclass(frozen=True, slots=True)
class Hush:
    """Why an alert is told nobody, and until when; None where that is not known."""

    reason: str
    until: datetime | None


class Quiet:
    """The silences and windows of one moment."""

    def __init__(self, silences: Sequence[Silence], windows: Sequence[MaintenanceWindow], now: datetime) -> None:
        self._by_agent: dict[str, list[tuple[Reach, Hush]]] = {}
        self._others: list[tuple[Reach, Hush]] = []
        changes: list[datetime] = []
        for silence in silences:
            changes += [silence.starts_at, silence.ends_at]
            if silence.starts_at <= now < silence.ends_at:
                self._add(silence.reach, Hush(f"silence {silence.id}", silence.ends_at))
        for window in windows:
            ends = active(window, now)
            changes += [span.begins for span in upcoming(window, now, 1)]
            if ends is not None:
                changes.append(ends)
                self._add(window.reach, Hush(f"maintenance {window.id} ({window.name})", ends))
        self.changes_at = min((one for one in changes if one > now), default=None)
        """When it is another one; None for never."""

    def _add(self, reach: Reach, hush: Hush) -> None:
        names = [one.value for one in reach.matchers if one.key == "agent" and one.op is Op.IS]
        (self._by_agent.setdefault(names[0], []) if names else self._others).append((reach, hush))

    def of(self, subject: Subject) -> Hush | None:
        """Return what keeps an alert quiet: of several, what does so for longest."""
        named = () if subject.agent is None else self._by_agent.get(subject.agent.name, ())
        found = (hush for reach, hush in itertools.chain(named, self._others) if reach.meets(subject))
        return max(found, key=lambda one: one.until or datetime.max.replace(tzinfo=UTC), default=None)


def in_maintenance(windows: Sequence[MaintenanceWindow], agent: AgentFacts, now: datetime) -> datetime | None:
    """Return until when an agent is being worked on; None when it is not."""
    about = (one for one in windows if one.reach.whole_agents and one.reach.could_meet(agent))
    return max(filter(None, (active(one, now) for one in about)), default=None)


def _of_agent(agent: AgentFacts, key: str) -> Collection[str]:
    if key == "tag":
        return agent.tags
    return ({"agent": agent.name, "type": agent.type, "environment": agent.environment}[key],)
