"""The incident book: transitions of alerts in, changes of incidents and notices out. No clock, no database.

Time passes as the transitions were recorded, not as they are read: between two of them the book does what was due in
between. So it makes no difference how many come at once, nor how late, nor how often a hub was killed on the way.
"""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from opsentrix.alerting import timing
from opsentrix.alerting.hushes import Hushes
from opsentrix.alerting.index import Index
from opsentrix.alerting.losses import Losses
from opsentrix.alerting.record import Record
from opsentrix.alerting.world import World
from opsentrix.model import watching
from opsentrix.model.incidents import HUB, EntryKind, Incident, IncidentKind, IncidentState, Member
from opsentrix.model.notifications import NoticeKind
from opsentrix.model.rules import Severity
from opsentrix.model.stored_alerts import ALARMING, AlertEvent, AlertState


class Book:
    """The incidents that are open, and those that were resolved lately."""

    def __init__(self, incidents: Iterable[Incident], world: World, last_id: int, now: datetime) -> None:
        """Take what is known.

        Args:
            incidents: with their alerts, save those that have been over for longer than `timing.REMEMBERED`.
            world: what is known beside them.
            last_id: the newest incident's.
            now: the moment that the book goes on from: no later than the first transition that it will be given.
        """
        self.world = world
        self.last_id = last_id
        self.incidents = {one.id: one for one in incidents}
        self.record = Record(world, now)
        self._index = Index(world)
        self._due: list[tuple[datetime, int]] = []
        self._next: dict[int, datetime] = {}
        self._losses = Losses()
        for incident in sorted(self.incidents.values(), key=lambda one: one.id):
            timing.follow_clock(incident, now)
            for member in incident.own():
                self._take_in(incident, member)
        self._losses.sort()
        self._hushes = Hushes(world, self._index, now)
        self._hush_all()
        for incident in self.incidents.values():
            self.schedule(incident)

    def _take_in(self, incident: Incident, member: Member) -> None:
        self._index.settle(incident, member)
        if not member.counts(self.now):
            return
        self._index.lose(incident, member)
        if incident.open:
            self._index.add(incident, member)
            self._losses.add(incident, member)

    @property
    def now(self) -> datetime:
        """The moment that the book has come to."""
        return self.record.now

    @property
    def quiet_changes_at(self) -> datetime | None:
        """When a silence or window begins or ends next."""
        return self._hushes.changes_at

    def advance(self, now: datetime) -> None:
        """Do in order all that is due until a moment. The book never goes back."""
        while True:
            due = self._due[0][0] if self._due else None
            changes_at = self._hushes.changes_at
            at = min((one for one in (due, changes_at) if one is not None), default=None)
            if at is None or at > now:
                break
            self.record.now = max(self.now, at)
            if at == changes_at:
                self._hushes.renew(self.now)
                self._hush_all()
                continue
            _, incident_id = heapq.heappop(self._due)
            if self._next.get(incident_id) == at:
                del self._next[incident_id]
                self._attend(self.incidents[incident_id])
        self.record.now = max(self.now, now)

    def schedule(self, incident: Incident) -> None:
        """Look at an incident again when something of it is due."""
        self._look_at(incident, timing.due_at(incident, self.now))

    def _look_at(self, incident: Incident, at: datetime | None) -> None:
        """Look at an incident at a moment, unless that will happen before anyway."""
        if at is not None and (incident.id not in self._next or at < self._next[incident.id]):
            self._next[incident.id] = at
            heapq.heappush(self._due, (at, incident.id))

    def _attend(self, incident: Incident) -> None:
        """Do what is due for an incident now."""
        if not incident.open:
            return
        now, note = self.now, self.record.note
        for member in incident.own():
            if member.over_at is not None and member.over_at <= now and self._index.counts(member):
                self._leave(incident, member, "it was calm")
        if incident.acknowledged_until is not None and incident.acknowledged_until <= now:
            incident.state, incident.acknowledged_until = IncidentState.OPEN, None
            note(incident, EntryKind.UNACKNOWLEDGED, f"the acknowledgement of {incident.acknowledged_by} expired")
            incident.acknowledged_by = ""
            if incident.told and timing.loud(incident, now):
                self.record.tell(incident, NoticeKind.REMINDER)
        tells_at, reminds_at = timing.tells_at(incident, now), timing.reminds_at(incident, now)
        if tells_at is not None and tells_at <= now:
            self.record.tell(incident, NoticeKind.CHANGED if incident.told else NoticeKind.OPENED)
        elif reminds_at is not None and reminds_at <= now:
            self.record.tell(incident, NoticeKind.REMINDER)
        resolves_at = timing.resolves_at(incident)
        if resolves_at is not None and resolves_at <= now:
            self.close(incident, "all alerts are over")
        self.schedule(incident)

    # Transitions

    def apply(self, event: AlertEvent) -> None:
        """Take a transition."""
        self.advance(event.recorded_at)
        known = self._index.place(event.fingerprint)
        incident = None if known is None else self.incidents[known]
        member = None if incident is None else incident.members.get(event.fingerprint)
        if event.after is AlertState.FIRING and (event.before is not AlertState.UNKNOWN or member is None):
            incident = self._fire(event, incident, member)
        elif incident is None or member is None:
            return
        elif event.after in ALARMING:
            self._see(incident, member, event)
        elif event.before in ALARMING and (member.over_at is None or event.reason):
            self._end(incident, member, event)
        else:
            return
        self.record.changes.grouped.append((event.number, incident.id))

    def _fire(self, event: AlertEvent, incident: Incident | None, member: Member | None) -> Incident:
        incident = self._into(event, incident, member)
        if event.loss and event.agent_id is not None:
            return self._lose(incident, event.fingerprint, event.agent_id)
        return incident

    def _into(self, event: AlertEvent, incident: Incident | None, member: Member | None) -> Incident:
        """Let an alert fire where it fired lately, or where it belongs; return that incident."""
        if incident is not None and member is not None:
            lately = member.over_at is None or self.now - member.over_at <= timing.REMEMBERED
            if lately and (incident.open or incident.resolved_by == HUB):
                self._again(incident, member, event)
                return incident
        found, reason = self._choose(event)
        incident = found or self._open(event)
        kept = incident.members.get(event.fingerprint)
        if kept is None or kept.moved_to is not None:
            self._join(incident, self._member(event), reason)
        else:
            kept.told = False
            self._again(incident, kept, event)
        return incident

    def _again(self, incident: Incident, member: Member, event: AlertEvent) -> None:
        """Let an alert fire again in the incident that it is in already."""
        over_at = member.over_at
        # Not for one that flaps faster than it waits: it would never be told.
        if over_at is not None and self.now - over_at > timing.wait_of(member):
            member.loud_at = None
        member.over_at, member.known, member.value = None, True, event.value
        member.since, member.fired_at, member.severity = event.at, self.now, event.severity
        self._changed(member)
        if not incident.open:
            self._reopen(incident, member)
        elif over_at is not None and over_at <= self.now:
            self.record.note(incident, EntryKind.FIRED, f"{member.name} fires again", member)
        self._settle(incident, member)

    def _reopen(self, incident: Incident, member: Member) -> None:
        incident.state, incident.resolved_at, incident.resolved_by = IncidentState.OPEN, None, ""
        for one in incident.own():
            one.told = False
            self.record.touch(incident, one)
        self.record.note(incident, EntryKind.REOPENED, f"{member.name} fires again", member)

    def _settle(self, incident: Incident, member: Member) -> None:
        """Let an alert that fires count in an incident."""
        self._take_in(incident, member)
        if member.severity.rank > incident.severity.rank:
            incident.severity = member.severity
        self.record.touch(incident, member)
        self._hush(incident, member, timing.wait_of(member))
        after = incident.told_at + timing.CHANGED_EVERY if incident.told and incident.told_at else None
        if member.loud_at is not None:
            self._look_at(incident, member.loud_at if after is None else max(after, member.loud_at))

    def _see(self, incident: Incident, member: Member, event: AlertEvent) -> None:
        known = event.after is AlertState.FIRING
        if known is not member.known:
            text = f"{member.name} has data again" if known else f"{member.name} has no data any more"
            self.record.note(incident, EntryKind.NO_DATA, text, member)
        member.known, member.value = known, event.value
        self.record.touch(incident, member)

    def _end(self, incident: Incident, member: Member, event: AlertEvent) -> None:
        """Let an alert be over; one that flaps, only once it was calm."""
        self._changed(member)
        member.value = event.value
        member.over_at = self.now if event.reason else timing.over_from(member, self.now)
        self.record.touch(incident, member)
        if member.over_at > self.now:
            if timing.flaps_since(member, self.now):
                text = f"{member.name} flaps: it counts until it was calm for {timing.FLAPPING.seconds // 60} min"
                self.record.note(incident, EntryKind.FLAPPING, text, member)
            self._look_at(incident, member.over_at)
            return
        self._leave(incident, member, event.reason)

    def _leave(self, incident: Incident, member: Member, reason: str) -> None:
        """Let an alert not count any more."""
        note = self.record.note
        note(incident, EntryKind.OVER, f"{member.name} is over{': ' if reason else ''}{reason}", member)
        if incident.open and not member.told and member.loud_at is not None and member.loud_at > self.now:
            note(incident, EntryKind.NOT_TOLD, f"nobody was told of {member.name}: it was over at once", member)
        self._index.remove(member)
        self._index.find(member)
        self._look_at(incident, self.now + timing.SETTLE)
        if member.loss and member.agent_id is not None:
            self._hush_behind(member.agent_id)

    def _changed(self, member: Member) -> None:
        member.changes = [*member.changes, self.now][-timing.FLAPS - 2 :]

    def _choose(self, event: AlertEvent) -> tuple[Incident | None, str]:
        """Return the open incident that a new alert belongs to, and why."""
        found: tuple[int, str] | None = None
        if event.agent_id is not None and self._hushes.explained(event.agent_id):
            ahead = self._hushes.ahead(event.agent_id)
            place = None if ahead is None else next(iter(self._index.lost[ahead].values()))
            if ahead is not None and place is not None and self.incidents[place].open:
                found = place, f"behind {self.world.agent(ahead).name}"
        if found is None and event.loss and (mass := self._losses.gathered(self.incidents, self.now)) is not None:
            found = mass.id, "lost with many others"
        if found is None:
            found = self._index.same_rule(event.rule_id, event.agent_id)
        if found is None and event.agent_id is not None:
            same = self._index.same_agent(event.agent_id)
            found = None if same is None else (same, "same agent")
        return (None, "") if found is None else (self.incidents[found[0]], found[1])

    def _lose(self, incident: Incident, fingerprint: bytes, agent_id: int) -> Incident:
        """Gather what the loss of an agent explains, and what may be lost for the same reason; return its incident."""
        self._hush_behind(agent_id)
        sources: dict[int, Incident] = {}
        for one in self.world.dependencies.behind(agent_id):
            for key, place in self._index.alerts_of(one) if self._hushes.explained(one) else ():
                source = self.incidents[place]
                if source is not incident and not source.members[key].told:
                    self.move(source.members[key], source, incident, f"behind {self.world.agent(agent_id).name}")
                    sources[place] = source
        if sources:
            self.moved(sources.values(), incident)
        if self._losses.gathered(self.incidents, self.now) is None:
            explained = (one for one in self._index.lost if self._hushes.explained(one))
            self._gather(self._losses.scattered(self.world.fleet, self.now, explained))
        return self.incidents[self._index.place(fingerprint) or incident.id]

    def _gather(self, lost: Sequence[tuple[int, Member]]) -> None:
        """Make one incident of agents that were lost together; what people know of stays where it is."""
        if not lost:
            return
        members = {member.fingerprint: member for _, member in lost}
        sources = [self.incidents[one] for one in sorted({place for place, _ in lost})]
        alike = (one for one in sources if not one.told and all(m.fingerprint in members for m in one.own()))
        target = next(alike, None) or self._new(Severity.CRITICAL)
        target.kind, target.severity = IncidentKind.MASS_LOSS, Severity.CRITICAL
        text = f"{len(members)} of {self.world.fleet} agents were lost within {timing.TOGETHER.seconds} s"
        self.record.note(target, EntryKind.OPENED, text)
        for source in sources:
            for member in source.own() if source is not target else ():
                if member.fingerprint in members and not member.told:
                    self.move(member, source, target, "lost with many others")
        self.moved([one for one in sources if one is not target], target)

    def _new(self, severity: Severity, reserved: int = 0) -> Incident:
        self.last_id += not reserved
        number = reserved or self.last_id
        incident = self.incidents[number] = Incident(number, IncidentKind.ALERTS, severity, self.now)
        return incident

    def _open(self, event: AlertEvent) -> Incident:
        reserved = watching.incident_of(event.rule_id, event.labels)
        incident, agents, where = self._new(event.severity, reserved), list[int](), ""
        if event.agent_id is not None:
            agents, where = [event.agent_id], f" on {self.world.agent(event.agent_id).name}"
        self.record.note(incident, EntryKind.OPENED, f"{event.rule_name}{where} fires", named=agents)
        return incident

    def _member(self, event: AlertEvent) -> Member:
        rule = self.world.rules.get(event.rule_id)
        name = "" if event.agent_id is None else self.world.agent(event.agent_id).name
        return Member(
            event.fingerprint, event.rule_id, event.rule_name, event.agent_id, name,
            {**event.labels, **(rule.labels if rule else {})}, event.severity, event.loss, event.at, self.now,
            event.value, changes=[self.now],
        )  # fmt: skip

    def _join(self, incident: Incident, member: Member, reason: str) -> None:
        incident.members[member.fingerprint] = member
        if reason:
            self.record.note(
                incident, EntryKind.JOINED, f"{member.name} joined: {reason}", member, named=self._hushes.named(member)
            )
        self._settle(incident, member)

    def move(self, member: Member, source: Incident, target: Incident, reason: str) -> None:
        """Take an alert out of an incident and into another; tell `moved` when all are where they belong."""
        self._index.remove(member)
        self._index.find(member)
        there = replace(member, told=member.told and target.told)
        member.moved_to = target.id
        text = f"{member.name} went to incident {target.id}: {reason}"
        self.record.note(source, EntryKind.MOVED, text, member, named=self._hushes.named(member))
        self.record.touch(source, member)
        if there.counts(self.now):
            self._join(target, there, reason)
        else:
            target.members[there.fingerprint] = there
            self.record.touch(target, there)
            self._index.settle(target, there)

    def moved(self, sources: Iterable[Incident], target: Incident) -> None:
        """Close incidents that have no alerts left."""
        for source in sources:
            if not source.own() and source.open:
                source.merged_into = target.id
                self.close(source, f"merged into incident {target.id}")
            self.schedule(source)
        self.schedule(target)

    def readmit(self, incident: Incident) -> None:
        """Let the alerts of an incident that was opened again count, save those that have gone to another since."""
        for member in incident.own():
            if member.counts(self.now) and self._index.place(member.fingerprint) == incident.id:
                self._settle(incident, member)

    def close(self, incident: Incident, reason: str, by: str = HUB) -> None:
        """Resolve an incident; whoever was told that it is open is told of its end."""
        incident.state, incident.resolved_at, incident.resolved_by = IncidentState.RESOLVED, self.now, by
        incident.acknowledged_until, incident.kept_open = None, False
        self.record.note(incident, EntryKind.RESOLVED, f"resolved: {reason}", actor=by)
        for one in incident.own():
            self._index.remove(one)
        if incident.told:
            self.record.tell(incident, NoticeKind.RESOLVED, reason)
            incident.told = False
        elif incident.merged_into is None:
            hushed = [one for one in incident.own() if one.quiet][:3]
            why = f"quiet: {', '.join(sorted({one.quiet for one in hushed}))}" if hushed else "it was over before"
            named = {agent for one in hushed for agent in self._hushes.named(one)}
            self.record.note(incident, EntryKind.NOT_TOLD, f"nobody was told: {why}", named=named)

    # Quiet

    def _hush_all(self) -> None:
        for incident in [one for one in self.incidents.values() if one.open]:
            changed = [self._hush(incident, one, timing.wait_of(one)) for one in incident.counting(self.now)]
            if any(changed):
                self.schedule(incident)

    def _hush_behind(self, agent_id: int) -> None:
        """Look again at what keeps alerts quiet of agents behind one that was lost or is back."""
        for one in self.world.dependencies.behind(agent_id):
            for fingerprint, place in self._index.alerts_of(one):
                incident = self.incidents[place]
                if self._hush(incident, incident.members[fingerprint], timing.WAIT_REACHABLE):
                    self._look_at(incident, incident.members[fingerprint].loud_at)

    def _hush(self, incident: Incident, member: Member, wait: timedelta) -> bool:
        """Note what keeps an alert quiet now, or from when on people may be told; return whether that is news."""
        hush = self._hushes.of(member)
        reason = "" if hush is None else hush.reason
        if reason == member.quiet and (reason or member.loud_at is not None):
            return False
        if hush is not None:
            until = f" until {hush.until:%Y-%m-%d %H:%M:%S} UTC" if hush.until else ""
            kind, text = EntryKind.QUIET, f"{member.name} is quiet: {reason}{until}"
        else:
            kind, text = EntryKind.LOUD, f"{member.name}: quiet is over ({member.quiet})"
        if reason != member.quiet:
            self.record.note(incident, kind, text, member, named=self._hushes.named(member))
        member.quiet, member.loud_at = reason, None if reason else self.now + wait
        self.record.touch(incident, member)
        return True
