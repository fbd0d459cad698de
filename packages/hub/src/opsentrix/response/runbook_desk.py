"""What people do about runs of runbooks: run, approve, decline, cancel."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from opsentrix.db import Connection, Database
from opsentrix.errors import ConflictError, NotFoundError
from opsentrix.model.runbook_runs import Cause, RunbookRun, RunbookState
from opsentrix.model.runbooks import Runbook
from opsentrix.response import runbook_book as book
from opsentrix.response import runbook_starts as starts
from opsentrix.response.keeper import Who
from opsentrix.response.runbook_ledger import Listeners, note_new, said, write_lines
from opsentrix.storage import audit, runbook_runs, runbooks


@dataclass(frozen=True, slots=True)
class Demand:
    """What a person wants done by hand.

    Attributes:
        agent_ids: on which machines.
        labels: in the place of an alert's.
        alerts: by machine, the fingerprint of the alert that it is about.
        incident_id: that it is done from.
        forced: also where what is expected holds already.
    """

    agent_ids: Sequence[int]
    labels: Mapping[str, str]
    alerts: Mapping[int, bytes]
    incident_id: int | None = None
    forced: bool = False
    reason: str = ""


class RunbookDesk:
    """Takes what people want."""

    def __init__(
        self, database: Database, news: asyncio.Event, listeners: Listeners, now: Callable[[], datetime]
    ) -> None:  # fmt: skip
        """Take what is needed; `news` is set when a run may go on."""
        self._database = database
        self._news = news
        self._listeners = listeners
        self._now = now

    async def run(self, runbook_id: int, demand: Demand, who: Who, user_id: int) -> list[int]:
        """Begin runs that a person asks for, with their rights; return their ids.

        Raises:
            NotFoundError: there is no such runbook.
        """
        now = self._now()
        async with self._database.transaction() as connection:
            await runbook_runs.lock(connection)
            stored = await runbooks.get(connection, runbook_id)
            if stored is None:
                raise NotFoundError(f"There is no runbook {runbook_id}.")
            added: list[RunbookRun] = []
            for agent_id in demand.agent_ids:
                run = replace(
                    starts.new(stored, agent_id, Cause.HAND, now), requested_by=who.name, requester_id=user_id,
                    labels=demand.labels, incident_id=demand.incident_id, forced=demand.forced,
                    fingerprint=demand.alerts.get(agent_id),
                )  # fmt: skip
                added += await starts.begin(connection, stored, stored.runbook, run, now)
            for one in added:
                await note_new(connection, one, who, demand.reason)
        self._listeners.tell(added)
        self._news.set()
        return [one.id for one in added]

    async def approve(self, run_id: int, who: Who, user_id: int, reason: str) -> None:
        """Let a run that waits for a person begin, with the rights of that person.

        Raises:
            NotFoundError: there is none.
            ConflictError: it does not wait.
        """
        await self._decide(
            run_id, who, "approve", reason,
            lambda run, runbook, now: book.approved(run, runbook, who.name, user_id, now),
        )  # fmt: skip

    async def decline(self, run_id: int, who: Who, reason: str) -> None:
        """End a run that waits for a person.

        Raises:
            NotFoundError: there is none.
            ConflictError: it does not wait.
        """
        await self._decide(
            run_id, who, "decline", reason, lambda run, _runbook, now: book.declined(run, who.name, reason, now)
        )  # fmt: skip

    async def cancel(self, run_id: int, who: Who, reason: str) -> int | None:
        """End a run; return the command of the step that is under way, which is to be cancelled too.

        Raises:
            NotFoundError: there is none.
            ConflictError: it has ended.
        """
        now = self._now()
        async with self._database.transaction() as connection:
            before = await _locked(connection, run_id)
            if before.state is RunbookState.ENDED:
                raise ConflictError("The run has ended already.")
            runbook = said(before)
            after = book.cancelled(before, runbook, who.name, reason, now)
            await runbook_runs.put(connection, after)
            target = f"runbook_run:{run_id}"
            await audit.add(connection, who.actor, "runbook_run.cancel", target, who.address, reason=reason)
            await write_lines(connection, after, [f"was cancelled by {who.name}"], now, who.name)
        self._listeners.tell([after])
        return before.command_id

    async def _decide(
        self, run_id: int, who: Who, verb: str, reason: str,
        decide: Callable[[RunbookRun, Runbook, datetime], RunbookRun],
    ) -> None:  # fmt: skip
        now = self._now()
        async with self._database.transaction() as connection:
            before = await _locked(connection, run_id)
            if before.state not in book.WAITING or (before.expires_at is not None and now >= before.expires_at):
                raise ConflictError(f"The run does not wait for anybody: it is {before.state}.")
            after = decide(before, said(before), now)
            await runbook_runs.put(connection, after)
            target = f"runbook_run:{run_id}"
            await audit.add(connection, who.actor, f"runbook_run.{verb}", target, who.address, reason=reason)
            word = "approved" if verb == "approve" else "declined"
            await write_lines(connection, after, [f"was {word} by {who.name}"], now, who.name)
        self._listeners.tell([after])
        self._news.set()


async def _locked(connection: Connection, run_id: int) -> RunbookRun:
    run = await runbook_runs.get(connection, run_id, lock=True)
    if run is None:
        raise NotFoundError(f"There is no run {run_id}.")
    return run
