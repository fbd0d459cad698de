"""The second half of "why was I paged?": from an alert that fired to somebody who was told."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from opsentrix.alerting import timing
from opsentrix.alerting.evidence import Episode, Evidence
from opsentrix.alerting.why_judged import clock
from opsentrix.model.incidents import Entry, EntryKind, IncidentState
from opsentrix.model.notifications import Attempt, DeliveryRecord, DeliveryState, NoticeKind, NotificationRecord
from opsentrix.model.why import Answer, Detail, Stage, Verdict

_ALARMS = (NoticeKind.OPENED, NoticeKind.CHANGED, NoticeKind.ESCALATED, NoticeKind.REMINDER)
_LISTED = 100
"""Fingerprints that a notice names at the most."""
_GROUPING = (EntryKind.OPENED, EntryKind.JOINED, EntryKind.MOVED, EntryKind.MERGED, EntryKind.FIRED, EntryKind.REOPENED)
_QUIETING = (
    EntryKind.QUIET, EntryKind.LOUD, EntryKind.FLAPPING, EntryKind.NOT_TOLD, EntryKind.TOLD, EntryKind.ACKNOWLEDGED,
    EntryKind.UNACKNOWLEDGED, EntryKind.RESOLVED, EntryKind.OVER,
)  # fmt: skip
_TRIES = 20
_BEYOND = "a channel beyond your scope"
_UNFINISHED = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.BUNDLED)


def stages(evidence: Evidence) -> list[Answer]:
    """Return grouping, suppression, route, attempts and receipt of an alert that fired."""
    episode = evidence.episode()
    if episode is None:
        raise ValueError("nothing fired")
    notices = _about(evidence, episode)
    answers = [_grouping(evidence, episode), _suppression(evidence, episode, notices)]
    answers += [_route(evidence, notices), _attempts(evidence, notices), _receipt(evidence, notices)]
    return answers


def _about(evidence: Evidence, episode: Episode) -> list[NotificationRecord]:
    """Return the notices by which people know of the alert: the first of its own, and what followed.

    Where there is none, it is the last one of before, if its incident had not ended since.
    """
    key = evidence.fingerprint.hex()
    told = [one for one in evidence.notices if one.notice.kind in _ALARMS and _names(one, key)]
    began = episode.fired.recorded_at
    ended = None if episode.ended is None else episode.ended.recorded_at + timing.FLAPPING
    own = [one for one in told if began <= one.notice.at and (ended is None or one.notice.at <= ended)]
    own = [one for one in own if not _quiet_at(evidence, one.notice.at)]
    if own:
        return own
    before = [one for one in told if one.notice.at < began and not _quiet_at(evidence, one.notice.at)]
    if not before or _over_between(evidence, before[-1].notice.at, began):
        return []
    return before[-1:]


def _names(one: NotificationRecord, key: str) -> bool:
    return key in one.notice.fingerprints or len(one.notice.fingerprints) >= _LISTED


def _over_between(evidence: Evidence, first: datetime, last: datetime) -> bool:
    return any(
        one.notice.kind is NoticeKind.RESOLVED and first <= one.notice.at <= last for one in evidence.notices
    )  # fmt: skip


def _quiet_at(evidence: Evidence, moment: datetime) -> Entry | None:
    """Return the line that says what kept the alert quiet at a moment; None where nothing did."""
    found = None
    for one in evidence.entries:
        if one.fingerprint == evidence.fingerprint and one.at <= moment:
            if one.kind is EntryKind.QUIET:
                found = one
            elif one.kind is EntryKind.LOUD:
                found = None
    return found


def _grouping(evidence: Evidence, episode: Episode) -> Answer:
    details = _lines(evidence, _GROUPING)
    incident = evidence.incident
    if incident is None:
        if episode.fired.incident_id is not None:
            text = f"It went into incident {episode.fired.incident_id}, which is not kept any more."
            return Answer(Stage.GROUPING, Verdict.UNKNOWN, text, episode.fired.recorded_at, details)
        text = "It is in no incident yet: alerts are looked at twice a second."
        return Answer(Stage.GROUPING, Verdict.UNKNOWN, text, None, details)
    kinds = (EntryKind.JOINED, EntryKind.MOVED)
    mine = [one for one in evidence.entries if one.fingerprint == evidence.fingerprint and one.kind in kinds]
    joined = [one for one in mine if one.incident_id == incident.id and evidence.shown(one)]
    text = f"It opened incident {incident.id}."
    if joined:
        text = f"It is in incident {incident.id}: {_reason(joined[-1].text)}."
    elif mine:
        text = f"It is in incident {incident.id}."
    return Answer(Stage.GROUPING, Verdict.OK, text, episode.fired.recorded_at, details)


def _reason(text: str) -> str:
    """Return what stands behind the colon of a line such as `CPU on web-1 joined: same agent`."""
    return text.rpartition(" joined: ")[2]


def _suppression(evidence: Evidence, episode: Episode, notices: Sequence[NotificationRecord]) -> Answer:
    details = (*_lines(evidence, _QUIETING), *_wishes(evidence))
    began = episode.fired.recorded_at
    if notices and notices[0].notice.at >= began:
        at = notices[0].notice.at
        text = f"Nothing kept it quiet: it was passed on {_after((at - began).total_seconds())}"
        return Answer(Stage.SUPPRESSION, Verdict.OK, f"{text}{_looked_after(evidence)}.", at, details)
    if notices:
        at = notices[0].notice.at
        text = f"People knew of the incident since {clock(at)}: they are not told again when an alert of it fires again"
        return Answer(Stage.SUPPRESSION, Verdict.OK, f"{text}{_looked_after(evidence)}.", at, details)
    return replace(_held_back(evidence, episode), details=details)


def _after(seconds: float) -> str:
    return f"{seconds:.0f} s after it fired" if seconds < 120 else f"{seconds / 60:.0f} min after it fired"


def _looked_after(evidence: Evidence) -> str:
    one = evidence.incident
    if one is None or one.state is not IncidentState.ACKNOWLEDGED or one.acknowledged_until is None:
        return ""
    return f"; {one.acknowledged_by} looks after it, so nobody is reminded until {clock(one.acknowledged_until)}"


def _held_back(evidence: Evidence, episode: Episode) -> Answer:
    """Say why nobody was told of it."""
    stage, began, place = Stage.SUPPRESSION, episode.fired.recorded_at, evidence.place
    over = [
        one for one in evidence.entries
        if one.kind is EntryKind.NOT_TOLD and one.at >= began and one.fingerprint in (evidence.fingerprint, None)
    ]  # fmt: skip
    until = evidence.now if episode.ended is None else episode.ended.recorded_at
    quiet = _quiet_at(evidence, min(until, max(evidence.at, began + timing.WAIT_LOSS)))
    if quiet is not None:
        told = quiet.text if evidence.shown(quiet) else "it is quiet: behind another agent"
        return Answer(stage, Verdict.STOPPED, f"Nobody was told: {told}.", quiet.at)
    if over:
        return Answer(stage, Verdict.STOPPED, f"{_capital(over[0].text)}.", over[0].at)
    if place is not None and place.loud_at is not None and episode.ended is None:
        return Answer(stage, Verdict.UNKNOWN, _waits(evidence, place.loud_at), place.loud_at)
    if episode.ended is not None:
        return Answer(
            stage, Verdict.STOPPED, "Nobody was told: it was over before its time.", episode.ended.recorded_at
        )
    if evidence.incident is not None and not evidence.incident.open:
        text = f"Nobody was told: the incident was resolved by {evidence.incident.resolved_by}."
        return Answer(stage, Verdict.STOPPED, text, evidence.incident.resolved_at)
    return Answer(stage, Verdict.UNKNOWN, "It has not been decided yet whether people are told.")


def _waits(evidence: Evidence, loud_at: datetime) -> str:
    incident = evidence.incident
    if incident is not None and incident.told and incident.told_at is not None:
        after = max(loud_at, incident.told_at + timing.CHANGED_EVERY)
        return (
            f"People know of the incident; of more alerts they are told each 5 minutes at most, next at {clock(after)}."
        )
    return f"People are told at {clock(loud_at)}, if it fires until then."


def _route(evidence: Evidence, notices: Sequence[NotificationRecord]) -> Answer:
    if not notices:
        return _nothing(Stage.ROUTE)
    first = notices[0]
    if first.planned_at is None:
        return Answer(Stage.ROUTE, Verdict.UNKNOWN, "It is not decided yet who is told.", first.notice.at)
    everywhere = evidence.only is None
    details = (
        tuple(Detail(first.planned_at, _said_of(one)) for one in first.decision if one["route"]) if everywhere else ()
    )
    taken = [one for one in first.decision if one["taken"]]
    if not first.deliveries and not any(one["told"] for one in taken):
        return Answer(Stage.ROUTE, Verdict.STOPPED, _told_nobody(taken), first.planned_at, details)
    if everywhere and taken:
        told = "; ".join(f"{_named(one)} tells {', '.join(one['told']) or 'nobody'}" for one in taken)
        return Answer(Stage.ROUTE, Verdict.OK, f"{_capital(told)}.", first.planned_at, details)
    names = ", ".join(sorted({_channel(evidence, first, one) for one in first.deliveries})) or "an escalation"
    return Answer(Stage.ROUTE, Verdict.OK, f"It was for {names}.", first.planned_at, details)


def _named(one: dict[str, Any]) -> str:
    return "the default route" if one.get("default") else f"the route {one['route']}"


def _said_of(one: dict[str, Any]) -> str:
    told = f": {', '.join(one['told']) or 'nobody'}" if one["taken"] else ""
    return f"{_named(one)} {'took it' if one['taken'] else 'did not take it'} ({one['why']}){told}"


def _told_nobody(taken: Sequence[dict[str, Any]]) -> str:
    if not taken:
        return "No route took it, so nobody was told."
    if all(one.get("targets") == 0 for one in taken):
        named = _named(taken[-1])
        return f"{_capital(named)} tells nobody: give it a target."
    if any("targets" not in one for one in taken):  # decided before that was written down
        return f"{_capital(_named(taken[-1]))} told nobody."
    return f"{_capital(_named(taken[-1]))} told nobody: all that it names was off, or not on call."


def _attempts(evidence: Evidence, notices: Sequence[NotificationRecord]) -> Answer:
    deliveries = [(notice, one) for notice in notices for one in notice.deliveries]
    if not deliveries:
        if notices and any(one["told"] for one in notices[0].decision):
            text = "An escalation waits for its first step."
            return Answer(Stage.ATTEMPTS, Verdict.UNKNOWN, text, notices[0].planned_at)
        return _nothing(Stage.ATTEMPTS)
    tries = [_try(_channel(evidence, notice, one), each) for notice, one in deliveries for each in one.attempts]
    details = tuple(sorted(tries, key=lambda one: one.at or evidence.now)[-_TRIES:])
    sent = [pair for pair in deliveries if pair[1].state is DeliveryState.SENT]
    waiting = [pair for pair in deliveries if pair[1].state in _UNFINISHED]
    for verdict, found in ((Verdict.OK, sent), (Verdict.UNKNOWN, waiting), (Verdict.STOPPED, deliveries)):
        if found:
            told = "; ".join(dict.fromkeys(_progress(evidence, *pair) for pair in found[:_TRIES]))
            return Answer(Stage.ATTEMPTS, verdict, f"{_capital(told)}.", details[-1].at if details else None, details)
    return _nothing(Stage.ATTEMPTS)


def _try(channel: str, one: Attempt) -> Detail:
    if one.ok is None:
        return Detail(one.started_at, f"{channel}: a try that has no end: it runs, or the hub ended meanwhile")
    status = "" if one.status is None else f" {one.status}"
    answer = " ".join(one.answer.split())[:300]
    return Detail(
        one.started_at, f"{channel}: {'taken' if one.ok else 'not taken'}{status}{f', {answer}' if answer else ''}"
    )


def _progress(evidence: Evidence, notice: NotificationRecord, one: DeliveryRecord) -> str:
    """Say how far a delivery is."""
    channel = _channel(evidence, notice, one)
    within = f" as a part of a bundle ({one.bundle})" if one.bundle else ""
    ended = [each for each in one.attempts if each.ok is not None]
    last = ended[-1] if ended else None
    failed = "" if last is None or last.ok else f": {_answer(last)}"
    match one.state:
        case DeliveryState.SENT:
            return f"{channel} took it{within}"
        case DeliveryState.FAILED:
            return f"{channel} did not take it, and it was given up after {len(ended)} tries{failed}"
        case DeliveryState.CANCELLED:
            return f"{channel} was removed or switched off before it took it"
        case _ if last is not None:
            return f"{channel} has not taken it after {len(ended)} tries{failed}; the next is at {clock(one.due_at)}"
        case _ if one.digest:
            return f"it waits for the digest of {channel} at {clock(one.due_at)}"
        case _:
            return f"it is on its way to {channel}{within}"


def _answer(one: Attempt) -> str:
    status = "" if one.status is None else f"{one.status} "
    return f"{status}{' '.join(one.answer.split())[:120]}".strip() or "no answer"


def _receipt(evidence: Evidence, notices: Sequence[NotificationRecord]) -> Answer:
    taken = [
        (each.finished_at or each.started_at, _channel(evidence, notice, one), each)
        for notice in notices for one in notice.deliveries if one.state is DeliveryState.SENT
        for each in one.attempts if each.ok
    ]  # fmt: skip
    if not taken:
        return _nothing(Stage.RECEIPT)
    at, channel, one = min(taken, key=lambda each: each[0])
    read = [
        entry for entry in evidence.entries
        if entry.kind is EntryKind.ACKNOWLEDGED and entry.at >= notices[0].notice.at and evidence.shown(entry)
    ]  # fmt: skip
    text = f"{_capital(channel)} took it at {clock(at)} ({_answer(one)})"
    seen = f", and {read[0].actor} acknowledged it at {clock(read[0].at)}" if read else "; nobody acknowledged it yet"
    details = [
        Detail(when, f"{name} took it: {_answer(each)}") for when, name, each in sorted(taken, key=lambda x: x[0])
    ]
    details += [Detail(entry.at, f"{entry.actor}: {entry.text}", _page(entry.incident_id)) for entry in read]
    return Answer(Stage.RECEIPT, Verdict.OK, f"{text}{seen}.", at, tuple(details[:_TRIES]))


def _channel(evidence: Evidence, notice: NotificationRecord, one: DeliveryRecord) -> str:
    beyond = evidence.only is not None and not evidence.only.issuperset(notice.notice.agent_ids)
    return _BEYOND if beyond else one.channel


def _lines(evidence: Evidence, kinds: Sequence[EntryKind]) -> tuple[Detail, ...]:
    found = [
        Detail(one.at, one.text, _page(one.incident_id))
        for one in evidence.entries
        if one.kind in kinds and one.fingerprint in (evidence.fingerprint, None) and evidence.shown(one)
    ]
    return tuple(found[-_TRIES:])


def _wishes(evidence: Evidence) -> Iterator[Detail]:
    """Yield who wanted the quiet; a silence names environments and tags, so for those only who see all agents."""
    for one in evidence.silences if evidence.only is None else ():
        comment = f": {one.comment}" if one.comment else ""
        yield Detail(
            one.starts_at,
            f"silence {one.id} until {clock(one.ends_at)}, by {one.created_by}{comment}",
            "/dashboard/quiet",
        )


def _nothing(stage: Stage) -> Answer:
    return Answer(stage, Verdict.NOTHING, "It did not come so far.")


def _page(incident_id: int) -> str:
    return f"/dashboard/incidents/{incident_id}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
