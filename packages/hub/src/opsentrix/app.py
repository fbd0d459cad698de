"""The composition root: every stage is made here, and given what it needs of the others."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Coroutine
from datetime import UTC, datetime, timedelta

from opsentrix import log
from opsentrix import vault as vaults
from opsentrix.access.accounts import Accounts
from opsentrix.access.api_tokens import ApiTokens
from opsentrix.access.identities import Identities
from opsentrix.access.limiter import Limiter
from opsentrix.access.logins import LoginRules, Logins, utc_now
from opsentrix.access.oidc import ProviderLogins
from opsentrix.access.passwords import Passwords
from opsentrix.access.people import People
from opsentrix.access.provider import configured
from opsentrix.access.refusals import Refusals
from opsentrix.access.second_factors import SecondFactors
from opsentrix.access.shares import Shares
from opsentrix.access.turns import Turns
from opsentrix.alarms import Alarms, fleet
from opsentrix.api.links.rest import RestLinks
from opsentrix.api.oidc import CALLBACK
from opsentrix.api.services import Services
from opsentrix.db import Database
from opsentrix.errors import OpsentrixError
from opsentrix.fleet import releases
from opsentrix.fleet.certificates import Certificates
from opsentrix.fleet.clones import Clones
from opsentrix.fleet.credentials import Credentials
from opsentrix.fleet.gate import Gate
from opsentrix.fleet.payload_keys import PayloadKeys
from opsentrix.fleet.recordings import Recordings
from opsentrix.fleet.registry import Registry
from opsentrix.fleet.upgrades import Rollouts
from opsentrix.fleet.visibility import Visibility
from opsentrix.hubwatch import Watched
from opsentrix.ingest.context import SessionContext
from opsentrix.ingest.layouts import LayoutBook
from opsentrix.ingest.minutes import MinuteBook
from opsentrix.ingest.pipeline import Limits, Pipeline
from opsentrix.ingest.rest import RestIngest
from opsentrix.ingest.sessions import Sessions
from opsentrix.ingest.writer import FrameWriter
from opsentrix.live import warmup
from opsentrix.live.feed import Feed
from opsentrix.live.latest import LatestValues
from opsentrix.live.summary import Summaries
from opsentrix.maintenance import disk, recordings, retention
from opsentrix.maintenance.audit import Notary
from opsentrix.maintenance.sizes import Measurer
from opsentrix.model.agents import Agent
from opsentrix.model.clock import HubClock
from opsentrix.model.frames import Layout
from opsentrix.model.retention import days_of, longest
from opsentrix.model.tiers import SECOND
from opsentrix.query.export import Exports
from opsentrix.responding import Responding
from opsentrix.schedule import Job, begin
from opsentrix.settings import Mtls, Settings
from opsentrix.storage import agents
from opsentrix.storage import retention as storage_retention
from opsentrix.tls import Tls
from opsentrix.upkeep import IdentityUpkeep

SWEEP_S = 0.5
FLEET_TICK_S = 1.0
FLUSH_S = 10.0
ADMISSION_S = 60.0
RETENTION_S = 3600.0
INTAKE_S = 5.0
FOLLOW_S = 5.0
RECORDINGS_S = 5.0
TRIM_S = 60.0
RECHECK_S = 15.0
"""A session or API token that expires loses its live feed within this time; revoked ones lose it at once."""
REFUSALS_S = 60.0
NOTARY_S = 600.0
ROLLOUT_S = 2.0
LOOKBACKS = 2
"""Replays for "why was I paged?" at once."""
_log = log.get(__name__)


class Hub:
    """All stages of one hub process, wired together."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self._database = database
        self._tasks: set[asyncio.Task[None]] = set()
        self.intake = disk.Intake(disk.measure_with(settings, database))
        self._kept = days_of(settings.retention_days, settings.retention_1m_days, settings.retention_1h_days)
        self._limits = Limits(settings.retention_days, lambda: self.intake.open)
        self.registry = Registry(database, time.time, time.monotonic)
        self.clones = Clones(database, time.monotonic)
        lifetime = timedelta(days=settings.credential_days) if settings.credential_days else None
        self.credentials = Credentials(database, self.registry.admission, self.clones, lifetime, time.time)
        self.tls = Tls(settings)
        life = timedelta(hours=settings.certificate_hours)
        self.certificates = Certificates(database, self.registry, settings.mtls, life, settings.client_cert_name)
        self.sessions = Sessions(settings.max_agent_sessions)
        self.recordings = Recordings(database, self.sessions)
        self.summaries = Summaries()
        self.latest = LatestValues()
        self.feed = Feed(self.summaries, self.sessions.pace)
        self.layouts = LayoutBook(database, settings.max_series_per_agent)
        minutes = MinuteBook()
        self.writer = FrameWriter(database, minutes, removed=self.layouts.removed)
        sinks = (minutes.push, self.latest.push, self.summaries.push, self.feed.push)
        self._clock = HubClock(time.time, time.monotonic)
        self.pipeline = Pipeline(self.writer, self.layouts, sinks, self._clock, self._limits, self.feed.watched)
        vault = vaults.load(settings.key_file)
        payload_keys = PayloadKeys(database, vault)
        self.responding = Responding(
            settings, database, vault, self.sessions, self._clock, self.registry, lambda: self.intake.open,
            self.feed,
        )  # fmt: skip
        context = SessionContext(
            database,
            self.pipeline,
            self.registry.beat,
            self._introduce,
            self._greeted,
            lambda agent_id, part: self.recordings.arrived(agent_id, part, time.time()),
            self.responding.sender.heard,
            Gate(self.registry, self.credentials, self.clones, time.time, time.monotonic),
            settings.max_body_bytes,
            settings.max_series_per_agent,
            payload_keys.private,
            self.registry.must_seal,
            () if settings.mtls is Mtls.OFF else ("certificates",),
        )
        self.rollouts = Rollouts(
            database,
            lambda: releases.offered(settings.install_dir),
            self.sessions.upgradable,
            self.sessions.upgrade,
        )
        passwords = Passwords()
        factors = SecondFactors(database, vault, utc_now, time.monotonic)
        rules = LoginRules(timedelta(hours=settings.session_hours), settings.totp_roles)
        logins = Logins(database, passwords, factors, rules, self.feed.recheck)
        self.refusals = Refusals(database)
        self._notary = Notary(database, vault, settings.audit_memory)
        identities = Identities(database, self.feed.recheck, create=settings.oidc_create_users)
        provider = configured(settings, CALLBACK)
        visibility = Visibility(self.registry)
        watched = Watched(self.writer, self.intake, self._notary, self.tls)
        found = fleet(self.registry, self.responding.judge.hear)
        self.alarms = Alarms(settings, database, vault, found, visibility, self.feed, self._clock, watched)
        self.pipeline.sinks += [self.alarms.runner.push, self.responding.judge.push]
        self.services = Services(
            settings=settings,
            database=database,
            vault=vault,
            payload_keys=payload_keys,
            logins=logins,
            factors=factors,
            accounts=Accounts(database, passwords, logins, self.feed.recheck),
            people=People(database, passwords, self.feed.recheck),
            identities=identities,
            provider_logins=None
            if provider is None
            else ProviderLogins(database, vault, provider, logins, identities, time.monotonic),
            api_tokens=ApiTokens(database),
            shares=Shares(database, utc_now),
            refusals=self.refusals,
            notary=self._notary,
            notifier=self.alarms.notifier,
            browsers=self.alarms.browsers,
            outbound=self.alarms.outbound,
            alerting=self.alarms.runner,
            rule_tests=Turns(2, Limiter(20, 3.0, time.monotonic)),
            keeper=self.alarms.keeper,
            maintenance=self.alarms.maintenance,
            watcher=self.alarms.watcher,
            canary=self.alarms.hubwatch.canary,
            deadman=self.alarms.hubwatch.deadman,
            registry=self.registry,
            visibility=visibility,
            credentials=self.credentials,
            clones=self.clones,
            layouts=self.layouts,
            sessions=self.sessions,
            session_context=context,
            rest=RestIngest(database, self.pipeline),
            rest_links=RestLinks(),
            writer=self.writer,
            summaries=self.summaries,
            latest=self.latest,
            feed=self.feed,
            command_feed=self.responding.feed,
            command_key=self.responding.key,
            command_keeper=self.responding.keeper,
            command_sender=self.responding.sender,
            runbook_desk=self.responding.desk,
            runbook_feed=self.responding.runbook_feed,
            recordings=self.recordings,
            exports=Exports(database),
            tls=self.tls,
            certificates=self.certificates,
            intake=self.intake,
            measurer=Measurer(database, self._kept, time.time),
            lookbacks=asyncio.Semaphore(LOOKBACKS),
            rules_changed=self._follow_rules,
            clock=time.time,
            started=time.time(),
        )
        self.upkeep = IdentityUpkeep(self.services, lambda: self._clock.between()[0] / 1000)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the background work while the block runs, then write what is still queued."""
        await self.registry.load()
        await self._secure()
        await self.recordings.load()
        await self.credentials.load()
        await self.clones.load()
        await retention.make_ahead(self._database, time.time())
        await self._follow_rules()
        await self.intake.look()
        await self.alarms.start()
        await self.responding.start()
        await warmup.run(self._database, self._layout_of, self.summaries.push, self.registry.ids(), time.time())
        writing = asyncio.create_task(self.writer.run(), name="writer")
        jobs = [begin(job) for job in (*self._jobs(), *self.alarms.jobs(), *self.responding.jobs())]
        jobs.append(asyncio.create_task(self.alarms.warm(), name="warmer"))
        try:
            yield
        finally:
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)
            await self.alarms.settle()
            self.pipeline.flush()
            self.writer.stop()
            await writing
            with contextlib.suppress(OpsentrixError):
                await self.writer.write_causes()
                await self.registry.flush()
                await self.refusals.write()

    def reload(self) -> None:
        """Take TLS certificates that were replaced; sessions go on."""
        self._spawn(self.tls.reload())

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _jobs(self) -> list[Job]:
        return [
            Job(SWEEP_S, self._sweep),
            Job(FLEET_TICK_S, self._fleet_tick),
            Job(SWEEP_S, self.upkeep.renew_credentials),
            Job(ADMISSION_S, self.upkeep.settle_admissions),
            Job(FLUSH_S, self.registry.flush),
            Job(FLUSH_S, self.writer.write_causes),
            Job(RETENTION_S, self._retention),
            Job(INTAKE_S, self.intake.look),
            Job(SWEEP_S, self._sweep_certificates),
            Job(FOLLOW_S, self.tls.follow),
            Job(RECORDINGS_S, self._sweep_recordings),
            Job(TRIM_S, self._trim_recordings),
            Job(ROLLOUT_S, self._rollout),
            Job(RECHECK_S, self.feed.recheck),
            Job(REFUSALS_S, self.refusals.write),
            Job(NOTARY_S, self._sign_daily),
        ]

    async def _layout_of(self, agent_id: int, layout_id: int) -> Layout | None:
        found = await self.layouts.get(agent_id, layout_id)
        return None if found is None else found.layout

    async def _sweep(self) -> None:
        changes = self.registry.sweep()
        for change in changes:
            _log.info("agent status", agent=change.agent_id, before=change.before, after=change.after)
            known = self.registry.get(change.agent_id)
            heartbeat = known.last_heartbeat if known else None
            self.feed.status_changed(change.agent_id, change.after, heartbeat.isoformat() if heartbeat else None)
        if changes:
            await self.registry.flush()

    async def _secure(self) -> None:
        await self.tls.start(self._database, self.services.vault)
        if self.tls.authority is not None and self.settings.mtls is not Mtls.OFF:
            await self.certificates.load(self.tls.authority)

    async def _sweep_certificates(self) -> None:
        for agent_id, reason in await self.certificates.sweep():
            _log.info("session ended", agent=agent_id, reason=reason)
            self.sessions.end(agent_id, reason)

    async def _fleet_tick(self) -> None:
        self.feed.fleet_tick(self._liveness)

    async def _rollout(self) -> None:
        await self.rollouts.advance(datetime.fromtimestamp(time.time(), UTC))

    async def _sweep_recordings(self) -> None:
        await self.recordings.sweep(time.time())

    async def _trim_recordings(self) -> None:
        # The earliest moment that it may be, as in all retention.
        now = self._clock.between()[0] / 1000
        await recordings.run_once(self._database, now, self.settings.recording_days, self.settings.recording_bytes)

    async def _retention(self) -> None:
        # The earliest moment that it may be: a clock that was set forward by mistake must not make partitions of it.
        await retention.make_ahead(self._database, self._clock.between()[0] / 1000)
        await self._follow_rules()
        self.certificates.forget()

    async def _sign_daily(self) -> None:
        await self._notary.sign_daily(time.time())

    async def _follow_rules(self) -> None:
        """Take frames as old as the longest rule keeps."""
        async with self._database.connection() as connection:
            rules = await storage_retention.rules(connection)
        self._limits.keep_days = longest(self._kept, rules)[SECOND]

    def _greeted(self, agent_id: int) -> None:
        self.recordings.greeted(agent_id, time.time())
        self.responding.sender.greeted(agent_id)

    def _liveness(self, agent_id: int) -> dict[str, object] | None:
        known = self.registry.get(agent_id)
        if known is None:
            return None
        heartbeat = known.last_heartbeat
        return {"status": known.status, "last_heartbeat": heartbeat.isoformat() if heartbeat else None}

    def _introduce(self, agent_id: int, version: str, interval: float, facts: dict[str, str]) -> None:
        told = self.registry.introduce(agent_id, version, interval, facts)
        if told is not None:
            self.feed.agent_changed(agent_id)
            self._spawn(self._write_facts(told))

    async def _write_facts(self, agent: Agent) -> None:
        try:
            async with self._database.connection() as connection:
                await agents.set_facts(connection, agent.id, agent.version, agent.reporting_interval, agent.facts)
        except OpsentrixError as error:
            # The agent introduces itself again when it connects next.
            _log.warning("an agent's facts were not written", agent=agent.id, reason=error.detail)
