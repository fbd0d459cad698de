"""Connects the stages between a person and a process on a machine: commands, runbooks, the links, the live feed."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from opsentrix.access.logins import utc_now
from opsentrix.alerting.judge import Judge
from opsentrix.db import Database
from opsentrix.fleet.registry import Registry
from opsentrix.live.commands import CommandFeed
from opsentrix.live.runbooks import RunbookFeed
from opsentrix.model.clock import HubClock
from opsentrix.response.keeper import Heard, IncidentChanged, Keeper
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
        room: Callable[[], bool], incident_changed: IncidentChanged,
    ) -> None:  # fmt: skip
        """Make the stages; `room` says whether the disk has any."""
        self._settings = settings
        self._database = database
        self._clock = clock
        self.key = CommandKey(database, vault)
        self.feed = CommandFeed()
        self.keeper = Keeper(database, self.key, self.feed.changed, room, incident_changed)
        self.sender = Sender(database, self.keeper, links, self._output, utc_now, time.monotonic)
        self.judge = Judge(lambda: clock.between()[0] / 1000)
        self.runbook_feed = RunbookFeed()
        listeners = Listeners(self.runbook_feed.changed, incident_changed)
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
            Job(TRIM_S, self._trim),
        ]

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
