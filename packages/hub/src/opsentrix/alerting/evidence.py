"""What is known of one alert around a moment: the rows that answer why people were, or were not, told of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from opsentrix_protocol.catalogue import Labels

from opsentrix.alerting.explain import Explanation
from opsentrix.model.incidents import Entry, Incident
from opsentrix.model.incidents import Member as Place
from opsentrix.model.notifications import NotificationRecord
from opsentrix.model.quiet import Silence
from opsentrix.model.rules import AlertRule
from opsentrix.model.selectors import Member
from opsentrix.model.stored_alerts import ALARMING, AlertEvent, AlertState, RuleOverride
from opsentrix.model.why import Late, Run

NEAR = timedelta(minutes=5)
"""What fired or ended within so long of the moment is what was meant, where nothing fired at the moment itself."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The newest sample of a series that was not after the moment."""

    metric: str
    labels: Labels
    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Missing:
    """A time without samples around the moment, with its reason from the ledger; `end` is None while it goes on."""

    start: datetime
    end: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored of what the rule reads, around the moment.

    Attributes:
        metrics: that it reads; empty where it looks at signs of life only.
        newest: of each series, the newest ones first.
        gap: that the moment lies in.
        note: what was not looked at, and why.
    """

    metrics: tuple[str, ...]
    newest: tuple[Sample, ...] = ()
    gap: Missing | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class RuleThen:
    """A rule as it was at the moment.

    Attributes:
        rule: that version, with its group as it is now; None where it did not exist yet, or was deleted.
        name: of the rule.
        since: when it got that version.
        by: who gave it that version.
        newer: the version that it has now, where that is another one.
        made_at: when its first version was made, where that is known.
        group_changed_at: when its group was changed last.
        override: what holds for the agent instead.
        override_at: since when.
        override_by: who wanted that.
    """

    id: int
    name: str
    rule: AlertRule | None = None
    since: datetime | None = None
    by: str = ""
    newer: int | None = None
    made_at: datetime | None = None
    group_changed_at: datetime | None = None
    override: RuleOverride | None = None
    override_at: datetime | None = None
    override_by: str = ""


@dataclass(frozen=True, slots=True)
class Episode:
    """The time for which an alert fired that is asked about; `ended` is None while it fires."""

    fired: AlertEvent
    ended: AlertEvent | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known.

    Attributes:
        at: the moment that is asked about.
        now: when it is asked.
        agent: as it is now; None for rules that count agents, and agents that were deleted.
        labels: of the target.
        standing: how the rule stood by the samples at hand; None where that cannot be said.
        live: whether `standing` is the running engine's, and not a replay's.
        stored: None where no agent is asked about.
        late: what came too late to be judged, of about the moment.
        runs: of hubs that evaluated rules, around the moment, in order.
        events: transitions of the alert, the newest first, up to a little after the moment.
        incident: that it is in, without its alerts.
        place: what the incident says of it.
        entries: lines of timelines about it, or about no single alert, in order.
        notices: of the incident, the oldest first.
        silences: that are named in what keeps it quiet.
        only: the agents within reach of who asks; None for all.
    """

    at: datetime
    now: datetime
    rule: RuleThen
    agent: Member | None = None
    agent_name: str = ""
    labels: Labels = ()
    fingerprint: bytes = b""
    standing: Explanation | None = None
    live: bool = False
    stored: Stored | None = None
    late: Sequence[Late] = ()
    runs: Sequence[Run] = ()
    events: Sequence[AlertEvent] = ()
    incident: Incident | None = None
    place: Place | None = None
    entries: Sequence[Entry] = ()
    notices: Sequence[NotificationRecord] = ()
    silences: Sequence[Silence] = field(default_factory=tuple)
    only: frozenset[int] | None = None

    @property
    def target(self) -> str:
        """The agent and the labels, for people."""
        told = ", ".join(f"{key}={value}" for key, value in self.labels)
        return f"{self.agent_name or 'all agents'}{f' ({told})' if told else ''}"

    def shown(self, entry: Entry) -> bool:
        """Return whether who asks may read a line: all agents that it names are within reach."""
        return self.only is None or self.only.issuperset(entry.agent_ids)

    def episode(self) -> Episode | None:
        """Return when it fired: at the moment, else shortly after it, else until shortly before it."""
        return episode(self.events, self.at)


def episode(events: Sequence[AlertEvent], at: datetime) -> Episode | None:
    """Return the episode of an alert's transitions, the newest first, that a moment is about; None where there is none.

    What fired at the moment comes first, then what fired shortly after it, then what had ended shortly before it.
    """
    found: list[Episode] = []
    fired: AlertEvent | None = None
    for one in reversed(events):
        if one.after is AlertState.FIRING and one.before not in ALARMING:
            fired = one
        elif one.after not in ALARMING and fired is not None:
            found.append(Episode(fired, one))
            fired = None
    if fired is not None:
        found.append(Episode(fired, None))
    during = [one for one in found if moment_of(one.fired) <= at and (one.ended is None or end_of(one.ended) > at)]
    after = [one for one in found if at < moment_of(one.fired) <= at + NEAR]
    before = [one for one in found if one.ended is not None and at - NEAR <= end_of(one.ended) <= at]
    chosen = during[-1:] or after[:1] or before[-1:]
    return chosen[0] if chosen else None


def moment_of(event: AlertEvent) -> datetime:
    """Return when something happened: by the agent's clock or the hub's, the earlier of both."""
    return min(event.at, event.recorded_at)


def end_of(event: AlertEvent) -> datetime:
    """Return when something was over: by the agent's clock or the hub's, the later of both."""
    return max(event.at, event.recorded_at)
