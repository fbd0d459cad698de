"""Keeps runs of runbooks: what starts, how each goes on, what people decide; each change is one transaction."""

import asyncio
import secrets
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from opsentrix import log, selfmetrics
from opsentrix.db import Connection, Database
from opsentrix.errors import ConflictError
from opsentrix.model.commands import Batch, Command, CommandState, Effect, NewRun, params_text
from opsentrix.model.policies import effect_of
from opsentrix.model.runbook_errors import RunbookError
from opsentrix.model.runbook_runs import Cause, RunbookRun, RunbookState, RunStep
from opsentrix.model.runbooks import Runbook
from opsentrix.model.stored_runbooks import StoredRunbook
from opsentrix.response import runbook_book as book
from opsentrix.response import runbook_starts as starts
from opsentrix.response.keeper import HUB, Keeper, Who
from opsentrix.response.runbook_book import Given, Move
from opsentrix.response.runbook_ground import Fleet, Judges, Key, facts, keys, question
from opsentrix.response.runbook_ledger import Listeners, note_new, said, stopped, write_lines
from opsentrix.response.runbook_limits import stops
from opsentrix.storage import agent_policies, audit, runbook_runs, runbooks

STEP_WITHIN = timedelta(minutes=2)
"""So long a step's command may wait for an agent that went away meanwhile."""
_log = log.get(__name__)


class Clocks(NamedTuple):
    """The time, and seconds of a clock that never jumps."""

    now: Callable[[], datetime]
    monotonic: Callable[[], float]


class RunbookKeeper:
    """Keeps runs of runbooks.

    Attributes:
        news: set when there may be something to do before the next look.
        given: set when a command was given.
    """

    def __init__(
        self, database: Database, commands: Keeper, judge: Judges, fleet: Fleet, guarded: Collection[str],
        listeners: Listeners, clocks: Clocks,
    ) -> None:  # fmt: skip
        """Take what is needed.

        Args:
            database: the hub's.
            commands: keeps the commands that steps are.
            judge: says what holds on agents.
            fleet: where these are found.
            guarded: environments whose machines nothing may change without a second person; `*` for all.
            listeners: are told of changes.
            clocks: the time.
        """
        self.news = asyncio.Event()
        self.given = asyncio.Event()
        self._database = database
        self._commands = commands
        self._judge = judge
        self._fleet = fleet
        self._guarded = guarded
        self._listeners = listeners
        self._now, self._monotonic = clocks

    async def step(self) -> None:
        """Start what is due and take all runs that have not ended as far as they go now."""
        self._judge.step(self._monotonic())
        more = True
        while more:
            more = await self._start(self._now())
        async with self._database.connection() as connection:
            under_way = await runbook_runs.every_open(connection, self._now())
        self._judge.follow([one.agent_id for one in under_way])
        asked: list[Key] = []
        for run in under_way:
            try:
                after = await self._go_on(run)
                if after is not None:
                    asked += await self._ask(after)
            except RunbookError as error:
                # Another version of the hub made it; it must not hold up the others.
                _log.error("a run of a runbook cannot be followed", run=run.id, reason=str(error))
        self._judge.keep(asked)
        selfmetrics.RUNBOOK_RUNS_OPEN.set(len(under_way))

    async def _start(self, now: datetime) -> bool:
        async with self._database.transaction() as connection:
            await runbook_runs.lock(connection)
            stored = [one for one in await runbooks.everyone(connection) if one.enabled]
            listed = [(one, said) for one in stored if (said := _understood(one)) is not None]
            added, more = await starts.by_alerts(connection, self._fleet, listed, now)
            added += await starts.by_schedules(connection, self._fleet, listed, now)
            for run in added:
                await note_new(connection, run, Who(HUB, HUB, ""), "")
        self._listeners.tell(added)
        return more

    async def _go_on(self, run: RunbookRun) -> RunbookRun | None:
        """Take a run as far as it goes; return it as it is now, None where it has ended."""
        async with self._database.connection() as connection:
            move = await self._looked_at(connection, run)
        if move.run == run and move.give is None:
            return run
        try:
            after = await self._write(run.id)
        except ConflictError as error:
            # There are too many commands: the step waits for its turn.
            _log.warning("a step of a runbook waits", run=run.id, reason=error.detail)
            return run
        return None if after is None or after.state is RunbookState.ENDED else after

    async def _looked_at(self, connection: Connection, run: RunbookRun) -> Move:
        now, runbook = self._now(), said(run)
        return book.advance(
            run, runbook, await facts(connection, self._fleet, self._judge, run, runbook, now), now
        )  # fmt: skip

    async def _write(self, run_id: int) -> RunbookRun | None:
        """Do what is due for a run, as it is under its lock."""
        async with self._database.transaction() as connection:
            before = await runbook_runs.get(connection, run_id, lock=True)
            if before is None or before.state is RunbookState.ENDED:
                return before
            now = self._now()
            move = await self._looked_at(connection, before)
            after = move.run
            if move.give is not None:
                command = await self._give(connection, after, move.give, now)
                after = replace(after, command_id=command.id)
                await runbook_runs.add_step(
                    connection, after.id, RunStep(move.give.position, move.give.undo, command.id)
                )  # fmt: skip
            await runbook_runs.put(connection, after)
            await self._note(connection, before, after)
            await write_lines(connection, after, move.told, now)
            if after.state is RunbookState.ENDED:
                await self._count(connection, after, now)
        if move.give is not None:
            self.given.set()
        self._listeners.tell([after])
        self.news.set()
        return after

    async def _give(self, connection: Connection, run: RunbookRun, give: Given, now: datetime) -> Command:
        policies = await agent_policies.of_agents(connection, [run.agent_id])
        effect = effect_of(give.action, policies.values())
        member = self._fleet.member(run.agent_id)
        environment = "" if member is None else member.environment
        guarded = effect is not Effect.READS and ("*" in self._guarded or environment in self._guarded)
        within = timedelta(seconds=said(run).approve_within_s) if guarded else STEP_WITHIN
        which = "undo step" if give.undo else "step"
        command = Command(
            id=0, action=give.action, params=params_text(give.params), effect=effect,
            reason=f"Runbook {run.runbook_name!r}, run {run.id}, {which} {give.position + 1}",
            requested_by=run.requested_by, requester_id=run.requester_id, created_at=now,
            expires_at=now + min(within, timedelta(days=1)), timeout_s=give.timeout_s, batch=Batch(1), turns=1, runs=1,
            state=CommandState.AWAITING_APPROVAL if guarded else CommandState.RUNNING, runbook_run_id=run.id,
        )  # fmt: skip
        asked = {"runbook_run": run.id, "undo": give.undo, "step": give.position + 1}
        runs = [NewRun(run.agent_id, secrets.token_hex(16), 0)]
        return await self._commands.add(connection, command, runs, Who(HUB, HUB, ""), asked)

    async def _note(self, connection: Connection, before: RunbookRun, after: RunbookRun) -> None:
        if after.state is not before.state:
            await audit.add(
                connection, HUB, f"runbook_run.{after.state}", f"runbook_run:{after.id}", "", agent=after.agent_id,
                runbook=after.runbook_id, outcome=after.outcome, verdict=after.verdict, note=after.note,
            )  # fmt: skip

    async def _count(self, connection: Connection, run: RunbookRun, now: datetime) -> None:
        """Open the breaker where too many runs in a row did not help."""
        if run.outcome is not None:
            selfmetrics.RUNBOOK_RUNS_ENDED.labels(run.outcome, run.verdict or "none").inc()
        stored = None if run.runbook_id is None else await runbooks.get(connection, run.runbook_id, to_write=True)
        runbook = None if stored is None else _understood(stored)
        if stored is None or runbook is None or run.begun_at is None or run.cause is Cause.HAND:
            return
        newest = await runbook_runs.newest_ended(connection, stored.id, stored.closed_at, runbook.breaker.after)
        why = stops(runbook, newest)
        if why and await runbooks.open_breaker(connection, stored.id, why, now):
            await stopped(connection, stored, why)
            await write_lines(connection, run, [f"stopped itself: {why}"], now)

    async def _ask(self, run: RunbookRun) -> list[Key]:
        """Ask the judge what a run has to know now; return the keys of what is asked."""
        runbook, member = said(run), self._fleet.member(run.agent_id)
        wanted = keys(run, runbook)
        for check, key in wanted.items():
            if member is not None and self._judge.answer(key) is None:
                async with self._database.connection() as connection:
                    asked = await question(connection, run, runbook, check, member)
                if asked is not None:
                    self._judge.ask(key, asked)
        return list(wanted.values())


def _understood(stored: StoredRunbook) -> Runbook | None:
    """Return what a runbook says; None where this version of the hub does not understand it."""
    try:
        return stored.runbook
    except RunbookError as error:
        _log.error("a stored runbook cannot be followed", runbook=stored.id, reason=str(error))
        return None
