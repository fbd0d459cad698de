"""Connects the stages between a person and a process on a machine: commands, runbooks, the links, the live feed."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from opsentrix.access.logins import utc_now
from opsentrix.alerting.judge import Judge
from opsentrix.db import Database
from opsentrix.fleet.registry import Registry
from opsentrix.live.commands import CommandFeed
from opsentrix.live.feed import Feed
from opsentrix.live.responses import ResponseChanges
from opsentrix.live.runbooks import RunbookFeed
from opsentrix.model.clock import HubClock
from opsentrix.model.commands import Command, Run
from opsentrix.model.runbook_runs import RunbookRun
from opsentrix.response.keeper import Heard, Keeper
from opsentrix.response.keys import CommandKey
from opsentrix.response.runbook_desk import RunbookDesk
from opsentrix.response.runbook_ground import Fleet
from opsentrix.response.runbook_keeper import Clocks, RunbookKeeper
from opsentrix.response.runbook_ledger import Listeners
from opsentrix.response.sender import Links, Sender
from opsentrix.schedule import Job
from opsentrix.settings import Settings
from opsentrix.storage import command_runs, commands, marks, runbook_runs, standing_approvals
from opsentrix.vault import Vault

STEP_S = 1.0
RUNBOOKS_S = 1.0
TELL_S = 1.0
TRIM_S = 3600.0


class Responding:
    """What a hub process has for commands and runbooks.

    Attributes:
        key: the hub's own.
        keeper: keeps commands.
        sender: brings them to agents.
        feed: tells browsers.
        judge: says whether what a runbook expects holds.
        runbooks: keeps the runs of runbooks.
        desk: takes what people want of them.
        runbook_feed: tells browsers.
    """

    def __init__(
        self, settings: Settings, database: Database, vault: Vault, links: Links, clock: HubClock, registry: Registry,
        room: Callable[[], bool], browsers: Feed,
    ) -> None:  # fmt: skip
        """Make the stages.

        Args:
            settings: the hub's.
            database: the hub's.
            vault: has the hub's key.
            links: to agents.
            clock: the time.
            registry: of agents.
            room: says whether the disk has any.
            browsers: are told of incidents whose timelines have new lines, and that commands or runs changed.
        """
        self._settings = settings
        self._database = database
        self._clock = clock
        self.key = CommandKey(database, vault)
        self._changes = ResponseChanges()
        self._browsers = browsers
        self.feed = CommandFeed()
        self.keeper = Keeper(database, self.key, self._command_changed, room, browsers.incident_changed)
        self.sender = Sender(database, self.keeper, links, self._output, utc_now, time.monotonic)
        self.judge = Judge(lambda: clock.between()[0] / 1000)
        self.runbook_feed = RunbookFeed()
        listeners = Listeners(self._run_changed, browsers.incident_changed)
        self.runbooks = RunbookKeeper(
            database, self.keeper, self.judge, Fleet(registry.members, registry.member, links.greeted),
            settings.approved_environments, listeners, Clocks(utc_now, time.monotonic),
        )  # fmt: skip
        self.desk = RunbookDesk(database, self.runbooks.news, listeners, utc_now)

    async def start(self) -> None:
        """Open the hub's key."""
        await self.key.load(utc_now())

    def jobs(self) -> list[Job]:
        """Return what is to be repeated."""
        return [
            Job(STEP_S, self.sender.step, self.sender.news),
            Job(RUNBOOKS_S, self._follow_runbooks, self.runbooks.news),
            Job(TELL_S, self._tell_browsers),
            Job(TRIM_S, self._trim),
        ]

    def _command_changed(self, command: Command, runs: Sequence[Run]) -> None:
        self.feed.changed(command, runs)
        self._changes.command(command, runs)

    def _run_changed(self, run: RunbookRun) -> None:
        self.runbook_feed.changed(run)
        self._changes.runbook_run(run)

    async def _tell_browsers(self) -> None:
        """Tell those who have lists open; what is lost with a database that is away, they ask for by themselves."""
        agents, command_ids = self._changes.take()
        if command_ids:
            async with self._database.connection() as connection:
                agents |= await command_runs.agents_of(connection, command_ids)
        if agents:
            self._browsers.responses_changed(frozenset(agents))

    async def _follow_runbooks(self) -> None:
        await self.runbooks.step()
        if self.runbooks.given.is_set():
            self.runbooks.given.clear()
            self.sender.news.set()

    def _output(self, heard: Heard) -> None:
        if heard.piece is not None and heard.piece.data:
            self.feed.output(heard.run, heard.seq, heard.piece.stream, heard.piece.data)

    async def _trim(self) -> None:
        # The earliest moment that it may be, as in all retention.
        now = datetime.fromtimestamp(self._clock.between()[0] / 1000, UTC)
        async with self._database.transaction() as connection:
            before = now - timedelta(days=self._settings.command_output_days)
            await command_runs.remove_output_before(connection, before)
            await standing_approvals.remove_expired(connection, now)
            await commands.remove_before(connection, now - timedelta(days=self._settings.command_days))
            await runbook_runs.remove_before(connection, now - timedelta(days=self._settings.command_days))
            await marks.remove_before(connection, now - timedelta(days=self._settings.command_days))
