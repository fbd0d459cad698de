"""Connects the stages between a sample and a person: rules, incidents, quiet, notifications, and what watches them."""

import asyncio
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from functools import partial

from opsentrix import hubwatch, log
from opsentrix.alerting.keeper import Keeper
from opsentrix.alerting.maintenance import Maintenance
from opsentrix.alerting.runner import Fleet, Runner
from opsentrix.alerting.seed import ensure_rules
from opsentrix.db import Database
from opsentrix.errors import OpsentrixError
from opsentrix.fleet.registry import Registry
from opsentrix.fleet.visibility import Visibility
from opsentrix.hubwatch import HubWatch, Watched
from opsentrix.live.feed import Feed
from opsentrix.model.clock import HubClock
from opsentrix.notify.browsers import Browsers
from opsentrix.notify.guard import Reach
from opsentrix.notify.notifier import Notifier
from opsentrix.notify.outbound import Outbound, trusted
from opsentrix.query import history
from opsentrix.schedule import Job
from opsentrix.settings import Settings
from opsentrix.storage import notifications
from opsentrix.vault import Vault
from opsentrix.watch.watcher import INCIDENTS, NOTIFICATIONS

ALERTING_S = 1.0
INCIDENTS_S = 0.5
NOTIFY_S = 1.0
MAINTENANCE_S = 5.0
TRIM_S = 3600.0
SETTLE_S = 5.0
"""How long the end of the hub waits for messages on their way; what takes longer is sent again later."""
_log = log.get(__name__)


def fleet(registry: Registry, hear: Callable[[Collection[int]], None]) -> Fleet:
    """Return where rules find agents, and what is reserved for the hub; `hear` is told of signs of life, too."""

    def heard() -> Collection[int]:
        found = registry.take_heard()
        hear(found)
        return found

    return Fleet(hubwatch.members(registry.members), registry.member, lambda: registry.generation, heard)


class Alarms:
    """What a hub process has between samples and people.

    Attributes:
        runner: evaluates rules.
        keeper: keeps incidents.
        maintenance: knows which agents are worked on.
        notifier: sends.
        browsers: that people turned notifications on in.
        outbound: the guarded way out.
        hubwatch: the canary and the dead man's switch.
        watcher: samples the hub itself.
    """

    def __init__(
        self, settings: Settings, database: Database, vault: Vault, agents: Fleet, visibility: Visibility,
        feed: Feed, clock: HubClock, watched: Watched,
    ) -> None:  # fmt: skip
        """Make the stages."""
        self._settings = settings
        self._database = database
        self._clock = clock
        self._told = asyncio.Event()
        """Set when incidents changed: there may be something to send, and nobody has to wait until it is looked for."""
        sender, hosts = settings.push_sender, settings.push_hosts
        self.browsers = Browsers(database, vault, sender, hosts, visibility.count, time.monotonic)
        reach = Reach(everything=settings.notify_allow_private)
        self.outbound = Outbound(reach, trusted(), proxy=settings.notify_proxy, push=self.browsers.tell)
        self.hubwatch = HubWatch(settings, database, self.outbound)
        canary = self.hubwatch.canary
        self.notifier = Notifier(database, vault, self.outbound, settings.url, time.monotonic, self.hubwatch.kinds)
        self.runner = Runner(
            database,
            agents,
            self._earliest,
            time.monotonic,
            canary.judged,
            canary.recorded,
        )
        enqueue = hubwatch.noticing(canary, notifications.enqueue)
        self.keeper = Keeper(database, enqueue, hubwatch.telling(canary, feed.incident_changed))
        self.maintenance = Maintenance(database, time.time)
        self.watcher = self.hubwatch.watch(watched, self.runner, self.notifier)

    async def start(self) -> None:
        """Go on where the last run of the hub ended."""
        await self.maintenance.look()
        await ensure_rules(self._database, datetime.fromtimestamp(time.time(), UTC))
        await self.hubwatch.canary.start()
        await self.runner.start()

    def jobs(self) -> list[Job]:
        """Return what is to be repeated."""
        return [
            Job(ALERTING_S, self.runner.step),
            Job(INCIDENTS_S, self._keep_incidents),
            Job(NOTIFY_S, self._notify, self._told),
            Job(MAINTENANCE_S, self.maintenance.look),
            Job(TRIM_S, self._trim_incidents),
            Job(TRIM_S, self._trim_notifications),
            *self.hubwatch.jobs(self.watcher),
        ]

    async def warm(self) -> None:
        """Fill the windows of rules from history, beside everything else."""
        warmer = self.runner.warmer(partial(history.read, self._database))
        try:
            _log.info("windows of rules are filled", agents=await warmer.run(self._earliest()))
        except OpsentrixError as error:
            _log.warning("windows of rules begin empty", reason=error.detail)
        except Exception:  # noqa: BLE001 - rules work without, only later
            _log.exception("windows of rules begin empty")

    async def settle(self) -> None:
        """Wait a moment for what is on its way."""
        await self.notifier.settle(SETTLE_S)

    def _earliest(self) -> float:
        """Return the earliest moment that it may be, as in all retention, in Unix seconds."""
        return self._clock.between()[0] / 1000

    async def _keep_incidents(self) -> None:
        more = True
        while more:
            _, changed, more = await self.keeper.run_once(datetime.fromtimestamp(time.time(), UTC))
            self.watcher.beats.beat(INCIDENTS)
            if changed:
                self._told.set()

    async def _notify(self) -> None:
        # As fast as providers answer while there is something to send; else once in a while.
        while await self.notifier.step(datetime.fromtimestamp(time.time(), UTC)):
            self.watcher.beats.beat(NOTIFICATIONS)
            await self.notifier.room(NOTIFY_S)
        self.watcher.beats.beat(NOTIFICATIONS)

    async def _trim_incidents(self) -> None:
        now = datetime.fromtimestamp(self._earliest(), UTC)
        await self.keeper.trim(now - timedelta(days=self._settings.incident_days))

    async def _trim_notifications(self) -> None:
        now = datetime.fromtimestamp(self._earliest(), UTC)
        await self.notifier.trim(now, self._settings.notification_days)
