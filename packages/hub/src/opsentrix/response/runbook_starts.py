"""What starts runs: transitions of alerts in the order of their commits, schedules, people."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from opsentrix.db import Connection
from opsentrix.model.globs import matches
from opsentrix.model.runbook_runs import Cause, RunbookRun, RunbookState
from opsentrix.model.runbooks import AlertEventKind, AlertTrigger, Mode, Runbook
from opsentrix.model.selectors import Member
from opsentrix.model.stored_alerts import ALARMING, AlertEvent, AlertState
from opsentrix.model.stored_runbooks import StoredRunbook
from opsentrix.response import runbook_book as book
from opsentrix.response.runbook_ground import NO_AUTHOR, Fleet, may_act_alone
from opsentrix.response.runbook_ledger import stopped
from opsentrix.response.runbook_limits import HOUR, TOO_OLD, Past, Refusal, refusal
from opsentrix.storage import alert_rules, alerts, incidents, runbook_runs, runbooks

AT_ONCE = 500
"""Transitions of one pass."""
GROUPED_WITHIN = timedelta(seconds=10)
"""So long a transition waits for its incident; then its run has none."""


async def by_alerts(
    connection: Connection, fleet: Fleet, listed: Sequence[tuple[StoredRunbook, Runbook]], now: datetime
) -> tuple[list[RunbookRun], bool]:
    """Add the runs that transitions start and move the cursor on; return them, and whether there may be more."""
    number = await runbook_runs.cursor(connection)
    events = await alerts.events_after(connection, number, AT_ONCE)
    grouped = (await incidents.progress(connection)).number
    ready = [one for one in events if one.number <= grouped or now - one.recorded_at > GROUPED_WITHIN]
    added: list[RunbookRun] = []
    for event in ready:
        member = None if event.agent_id is None else fleet.member(event.agent_id)
        for stored, runbook in listed:
            if member is not None and _triggers(runbook, event) and runbook.selector.accepts(member):
                added += await _by_alert(connection, stored, runbook, event, member, now)
    if ready:
        await runbook_runs.set_cursor(connection, ready[-1].number)
    return added, len(ready) == AT_ONCE


async def by_schedules(
    connection: Connection, fleet: Fleet, listed: Sequence[tuple[StoredRunbook, Runbook]], now: datetime
) -> list[RunbookRun]:
    """Add the runs that schedules start; those that were due while no hub ran, and are late, are left out."""
    added: list[RunbookRun] = []
    for stored, runbook in listed:
        if stored.next_at is None or stored.next_at > now:
            continue
        if now - stored.next_at <= TOO_OLD:
            for member in fleet.members():
                if member.id > 0 and runbook.selector.accepts(member):
                    added += await begin(connection, stored, runbook, new(stored, member.id, Cause.SCHEDULE, now), now)
        await runbooks.set_next(connection, stored.id, runbook.next_after(now))
    return added


def new(stored: StoredRunbook, agent_id: int, cause: Cause, now: datetime) -> RunbookRun:
    """Return a run that is not stored yet, and acts with the rights of whoever made the runbook's version."""
    return RunbookRun(
        0, stored.id, stored.name, stored.version, stored.definition, stored.sha256, agent_id, cause,
        RunbookState.CHECKING, stored.changed_by, stored.author_id, now,
    )  # fmt: skip


async def begin(
    connection: Connection, stored: StoredRunbook, runbook: Runbook, run: RunbookRun, now: datetime, why: str = ""
) -> list[RunbookRun]:
    """Add a run as it begins: asking, checking, or skipped; none where the same event started it before.

    Args:
        connection: in a transaction, under the lock.
        stored: the runbook.
        runbook: what it says.
        run: that is not stored yet.
        now: the time.
        why: it is skipped, where that is known.
    """
    past = await past_of(connection, stored, runbook, run.agent_id, now)
    refused = Refusal(why) if why else refusal(runbook, past, run.cause, now)
    if refused is not None and refused.opens and await runbooks.open_breaker(connection, stored.id, refused.why, now):
        await stopped(connection, stored, refused.why)
    if refused is not None:
        run = book.skipped(run, refused.why, now)
    elif run.cause is Cause.HAND or runbook.mode is Mode.AUTOMATIC:
        run = book.checking(run, runbook, now)
    else:
        asks = RunbookState.SUGGESTED if runbook.mode is Mode.SUGGEST else RunbookState.AWAITING_APPROVAL
        run = replace(run, state=asks, expires_at=now + timedelta(seconds=runbook.approve_within_s))
    added = await runbook_runs.add(connection, run)
    return [] if added is None else [replace(run, id=added)]


async def _by_alert(
    connection: Connection, stored: StoredRunbook, runbook: Runbook, event: AlertEvent, member: Member, now: datetime
) -> list[RunbookRun]:
    rule = await alert_rules.get(connection, event.rule_id)
    labels: Mapping[str, str] = {**({} if rule is None else rule.labels), **event.labels}
    run = replace(
        new(stored, member.id, Cause.ALERT, now), fingerprint=event.fingerprint, event_number=event.number,
        incident_id=event.incident_id, labels=labels,
    )  # fmt: skip
    why = ""
    if now - event.recorded_at > TOO_OLD:
        why = "The alert's change is older than ten minutes."
    elif event.after is AlertState.FIRING and not await runbook_runs.fires(connection, event.fingerprint):
        why = "The alert is over."
    elif runbook.mode is Mode.AUTOMATIC and not await may_act_alone(connection, stored.author_id):
        why = NO_AUTHOR
    return await begin(connection, stored, runbook, run, now, why)


def _triggers(runbook: Runbook, event: AlertEvent) -> bool:
    """Return whether a transition is one that a runbook waits for; what samples did not bring about is none."""
    if event.reason:
        return False
    if event.after is AlertState.FIRING and event.before not in ALARMING:
        kind = AlertEventKind.FIRING
    elif event.after is AlertState.INACTIVE and event.before in ALARMING:
        kind = AlertEventKind.RESOLVED
    else:
        return False
    return any(
        isinstance(one, AlertTrigger)
        and one.event is kind
        and (not one.severities or event.severity in one.severities)
        and matches(one.rule, event.rule_name)
        for one in runbook.triggers
    )


async def past_of(
    connection: Connection, stored: StoredRunbook, runbook: Runbook, agent_id: int, now: datetime
) -> Past:  # fmt: skip
    """Return what a runbook did before, there and anywhere, as limits ask it."""
    since = now - timedelta(seconds=runbook.breaker.within_s)
    if stored.closed_at is not None:
        since = max(since, stored.closed_at)
    counted = await runbook_runs.counts(connection, stored.id, agent_id, now - HOUR, since)
    fresh = await runbooks.get(connection, stored.id)  # its breaker may have opened since it was read
    opened = fresh is not None and fresh.opened_at is not None
    return Past(*counted, is_open=opened, why_open=fresh.opened_why if fresh is not None else "")
