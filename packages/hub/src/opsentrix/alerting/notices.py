"""What people read of an incident: its title, and the notices."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from opsentrix.alerting.world import World
from opsentrix.model.incidents import Incident, IncidentKind, Member
from opsentrix.model.notifications import Notice, NoticeKind

LISTED = 20
"""Alerts that a notice tells one by one."""
_NAMED = 100


def title_of(incident: Incident, fleet: int, now: datetime) -> str:
    """Return one line that says what is wrong: of the alerts that are not over, or of all when all are."""
    members = _told_of(incident, now)
    agents = {one.agent_id for one in members if one.agent_id is not None}
    if incident.kind is IncidentKind.MASS_LOSS:
        return f"{len(agents)} of {fleet} agents lost"
    return describe(members)


def describe(members: Sequence[Member]) -> str:
    """Return what alerts are about, in a line; the first one stands for all."""
    if not members:
        return "No alerts"
    first = members[0]
    others = len(members) - 1
    if not others:
        return first.name
    agents = len({one.agent_id for one in members})
    if agents == len(members) and len({one.rule_id for one in members}) == 1:
        return f"{first.name} and {others} more"
    return f"{first.name} and {others} more alert{'s' if others > 1 else ''}"


def compose(incident: Incident, kind: NoticeKind, world: World, now: datetime, reason: str = "") -> Notice:
    """Return what is said of an incident.

    Args:
        incident: as it is now.
        kind: what happened.
        world: what is known of its agents.
        now: when it happened.
        reason: one more line, such as why it ended.
    """
    members = _told_of(incident, now)
    agents = {one.agent_id: world.agent(one.agent_id) for one in members if one.agent_id is not None}
    return Notice(
        kind=kind,
        severity=incident.severity,
        title=title_of(incident, world.fleet, now),
        at=now,
        started_at=incident.opened_at,
        incident_id=incident.id,
        lines=(*((reason,) if reason else ()), *_lines(members)),
        labels=_common([one.labels for one in members]),
        environments=tuple(sorted({one.environment for one in agents.values() if one.environment})),
        tags=tuple(sorted({tag for one in agents.values() for tag in one.tags})),
        agent_ids=tuple(sorted({one.agent_id for one in incident.own() if one.agent_id is not None})),
        agent_names=tuple(sorted({one.agent_name for one in members if one.agent_name})[:_NAMED]),
        path=f"/dashboard/incidents/{incident.id}",
        resolved_at=incident.resolved_at,
        group_key=f"incident:{incident.id}",
        fingerprints=tuple(one.fingerprint.hex() for one in members[:_NAMED]),
    )


def _told_of(incident: Incident, now: datetime) -> list[Member]:
    """Return the alerts that are not over, or all of them when all are; the gravest first, then the oldest."""
    members = incident.counting(now) or incident.own() or list(incident.members.values())
    return sorted(members, key=lambda one: (-one.severity.rank, one.fired_at, one.agent_id or 0, one.fingerprint))


def _lines(members: Sequence[Member]) -> list[str]:
    lines = []
    for one in members[:LISTED]:
        labels = ", ".join(f"{key}={value}" for key, value in sorted(one.labels.items()))
        value = "" if one.value is None else f": {one.value:.6g}"
        lines.append(f"[{one.severity}] {one.name}{f' ({labels})' if labels else ''}{value}")
    if len(members) > LISTED:
        lines.append(f"and {len(members) - LISTED} more")
    return lines


def _common(labels: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return the labels that all of these have with the same value."""
    if not labels:
        return {}
    first, *others = labels
    return {key: value for key, value in first.items() if all(one.get(key) == value for one in others)}
