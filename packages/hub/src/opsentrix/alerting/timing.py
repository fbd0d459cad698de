"""How long incidents wait for what, and when one has to be looked at next."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from opsentrix.model.incidents import Incident, IncidentState, Member

WAIT = timedelta(seconds=3)
"""From an alert until people are told, so that what belongs together is told together."""
WAIT_LOSS = timedelta(seconds=15)
"""The same when an agent is lost: others, and the gateway, may follow."""
WAIT_REACHABLE = timedelta(seconds=60)
"""From when what an agent is behind is back until its own alerts are told: it may just be on its way back too."""
CHANGED_EVERY = timedelta(minutes=5)
REMIND_EVERY = timedelta(hours=4)
SETTLE = timedelta(seconds=60)
"""How long all alerts of an incident are over before it is resolved."""
TOGETHER = timedelta(seconds=60)
"""Agents that are lost within this time may be lost for one reason."""
MASS_AGENTS, MASS_SHARE = 3, 0.1
"""So many agents at least, and more than this share of all, lost together are one incident."""
REMEMBERED = timedelta(hours=1)
"""An alert that fires again within this time goes back to its incident."""
FLAPPING = timedelta(minutes=15)
FLAPS = 5
"""More changes than these within `FLAPPING` keep an alert from being over until there were none for as long."""


def wait_of(member: Member) -> timedelta:
    """Return how long an alert waits before people are told."""
    return WAIT_LOSS if member.loss else WAIT


def over_from(member: Member, now: datetime) -> datetime:
    """Return from when on an alert that was just resolved counts as over."""
    return now + FLAPPING if _changes(member, now) > FLAPS else now


def flaps_since(member: Member, now: datetime) -> bool:
    """Return whether it is its newest change that makes an alert one that flaps."""
    return _changes(member, now) == FLAPS + 1


def _changes(member: Member, now: datetime) -> int:
    return sum(now - at < FLAPPING for at in member.changes)


def loud(incident: Incident, now: datetime) -> list[Member]:
    """Return the alerts that are not over, and not quiet."""
    return [one for one in incident.members.values() if one.loud_at is not None and one.counts(now)]


def resolves_at(incident: Incident) -> datetime | None:
    """Return when an incident resolves by itself; None while an alert fires, or when people have to resolve it."""
    if incident.kept_open:
        return None
    ends: list[datetime] = []
    for one in incident.own():
        if one.over_at is None:
            return None
        ends.append(one.over_at)
    return max(ends, default=incident.opened_at) + SETTLE


def tells_at(incident: Incident, now: datetime) -> datetime | None:
    """Return when people are told of alerts that they do not know of yet; None when there are none."""
    first = _first(one.loud_at for one in loud(incident, now) if not one.told)
    if first is None or not incident.told or incident.told_at is None:
        return first
    return max(first, incident.told_at + CHANGED_EVERY)


def reminds_at(incident: Incident, now: datetime) -> datetime | None:
    """Return when people are told again of an incident that nobody looks after."""
    if incident.state is not IncidentState.OPEN or not incident.told or incident.told_at is None:
        return None
    return incident.told_at + REMIND_EVERY if loud(incident, now) else None


def due_at(incident: Incident, now: datetime) -> datetime | None:
    """Return when an incident has to be looked at next."""
    if not incident.open:
        return None
    calm_at = _first(one.over_at for one in incident.own() if one.over_at is not None and one.over_at > now)
    return _first(
        (
            incident.acknowledged_until, tells_at(incident, now), reminds_at(incident, now), resolves_at(incident),
            calm_at,
        )
    )  # fmt: skip


def follow_clock(incident: Incident, now: datetime) -> None:
    """Let no wait be longer than it can be: the clock may have been set back since it began."""
    if incident.told_at is not None:
        incident.told_at = min(incident.told_at, now)
    for one in incident.members.values():
        if one.loud_at is not None:
            one.loud_at = min(one.loud_at, now + WAIT_REACHABLE)
        if one.over_at is not None:
            one.over_at = min(one.over_at, now + FLAPPING)


def _first(moments: Iterable[datetime | None]) -> datetime | None:
    return min((one for one in moments if one is not None), default=None)
