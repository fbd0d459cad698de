"""What a pass over incidents changes: collected, to be written at once."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from opsentrix.alerting import timing
from opsentrix.alerting.notices import compose, title_of
from opsentrix.alerting.world import World
from opsentrix.model.incidents import HUB, Entry, EntryKind, Incident, Member
from opsentrix.model.notifications import Notice, NoticeKind

_TITLE = 300
_ALARMS = (NoticeKind.OPENED, NoticeKind.CHANGED, NoticeKind.REMINDER)


@dataclass(slots=True)
class Changes:
    """What is to be written: all of it, or nothing.

    Attributes:
        members: by incident and fingerprint.
        grouped: transitions (number) and the incident that each went into.
    """

    incidents: dict[int, Incident] = field(default_factory=dict)
    members: dict[tuple[int, bytes], Member] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    grouped: list[tuple[int, int]] = field(default_factory=list)


class Record:
    """Collects changes; `now` is the moment that they happen at."""

    def __init__(self, world: World, now: datetime) -> None:
        self.now = now
        self.changes = Changes()
        self._world = world

    def collect(self) -> Changes:
        """Return what changed since the last call, with titles that fit and when each incident is due."""
        done, self.changes = self.changes, Changes()
        for incident in done.incidents.values():
            incident.title = title_of(incident, self._world.fleet, self.now)[:_TITLE]
            incident.due_at = timing.due_at(incident, self.now)
        return done

    def touch(self, incident: Incident, member: Member) -> None:
        """Let an alert be written with its incident."""
        self.changes.members[incident.id, member.fingerprint] = member
        self.changes.incidents[incident.id] = incident

    def note(
        self, incident: Incident, kind: EntryKind, text: str, member: Member | None = None, *, actor: str = HUB,
        named: Iterable[int] = (),
    ) -> None:  # fmt: skip
        """Write a line into an incident's timeline.

        Args:
            incident: which.
            kind: what happened.
            text: the same for people.
            member: the alert that it is about.
            actor: who did it.
            named: agents that the text may name besides the alert's.
        """
        own = () if member is None or member.agent_id is None else (member.agent_id,)
        agents = tuple(dict.fromkeys(itertools.chain(own, named)))
        fingerprint = None if member is None else member.fingerprint
        self.changes.entries.append(Entry(incident.id, self.now, kind, text, actor, fingerprint, agents))
        self.changes.incidents[incident.id] = incident

    def tell(self, incident: Incident, kind: NoticeKind, reason: str = "") -> None:
        """Let people be told; of an alarm they know from now on, each of its alerts that is not quiet."""
        self.changes.notices.append(compose(incident, kind, self._world, self.now, reason))
        if kind in _ALARMS:
            incident.told, incident.told_at, incident.told_severity = True, self.now, incident.severity
            for one in timing.loud(incident, self.now):
                one.told = True
                self.touch(incident, one)
        self.note(incident, EntryKind.TOLD, f"passed on to notifications: {kind}")
