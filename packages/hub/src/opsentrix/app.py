"""The composition root: every stage is made here, and given what it needs of the others."""

import asyncio
import contextlib
import gc
import resource
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn

from opsentrix import log
from opsentrix import vault as vaults
from opsentrix.access.accounts import Accounts
from opsentrix.access.api_tokens import ApiTokens
from opsentrix.access.logins import LoginRules, Logins, utc_now
from opsentrix.access.passwords import Passwords
from opsentrix.access.people import People, ensure_admin
from opsentrix.access.refusals import Refusals
from opsentrix.access.second_factors import SecondFactors
from opsentrix.api.heads import CountedWebSocket, LimitedHeads
from opsentrix.api.http import create_app
from opsentrix.api.services import Services
from opsentrix.db import Database, embedded, migrate
from opsentrix.errors import OpsentrixError, StartupError
from opsentrix.fleet import releases
from opsentrix.fleet.payload_keys import PayloadKeys
from opsentrix.fleet.recordings import Recordings
from opsentrix.fleet.registry import Registry
from opsentrix.fleet.upgrades import Rollouts
from opsentrix.fleet.visibility import Visibility
from opsentrix.ingest.layouts import LayoutBook
from opsentrix.ingest.minutes import MinuteBook
from opsentrix.ingest.pipeline import Limits, Pipeline
from opsentrix.ingest.rest import RestIngest
from opsentrix.ingest.session import SessionContext
from opsentrix.ingest.sessions import Sessions
from opsentrix.ingest.writer import FrameWriter
from opsentrix.live import warmup
from opsentrix.live.feed import Feed
from opsentrix.live.latest import LatestValues
from opsentrix.live.summary import Summaries
from opsentrix.maintenance import disk, recordings, retention
from opsentrix.maintenance.audit import Notary, told_run
from opsentrix.model.agents import Agent
from opsentrix.model.clock import HubClock
from opsentrix.model.frames import Layout
from opsentrix.model.retention import days_of, longest
from opsentrix.model.tiers import SECOND
from opsentrix.query.export import Exports
from opsentrix.settings import Settings
from opsentrix.storage import agents
from opsentrix.storage import retention as storage_retention

SWEEP_S = 0.5
FLEET_TICK_S = 1.0
FLUSH_S = 10.0
RETENTION_S = 3600.0
INTAKE_S = 5.0
RECORDINGS_S = 5.0
TRIM_S = 60.0
RECHECK_S = 15.0
"""A session or API token that expires loses its live feed within this time; revoked ones lose it at once."""
REFUSALS_S = 60.0
NOTARY_S = 600.0
WATCH_S = 1.0
ROLLOUT_S = 2.0
_WEBSOCKET_FACTOR = 4
"""A message over the limit is refused by name; only one over this many times the limit ends the connection."""
_log = log.get(__name__)

Job = Callable[[], Coroutine[object, object, None]]


class Hub:
    """All stages of one hub process, wired together."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self._database = database
        self._tasks: set[asyncio.Task[None]] = set()
        self.intake = disk.Intake(disk.measure_with(settings, database))
        self._limits = Limits(settings.retention_days, lambda: self.intake.open)
        self.registry = Registry(database, time.time, time.monotonic)
        self.sessions = Sessions()
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
        context = SessionContext(
            database,
            self.pipeline,
            self.registry.beat,
            self._introduce,
            lambda agent_id: self.recordings.greeted(agent_id, time.time()),
            lambda agent_id, part: self.recordings.arrived(agent_id, part, time.time()),
            settings.max_body_bytes,
            settings.max_series_per_agent,
            payload_keys.private,
            self.registry.must_seal,
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
        self.services = Services(
            settings=settings,
            database=database,
            vault=vault,
            payload_keys=payload_keys,
            logins=logins,
            factors=factors,
            accounts=Accounts(database, passwords, logins, self.feed.recheck),
            people=People(database, passwords, self.feed.recheck),
            api_tokens=ApiTokens(database),
            refusals=self.refusals,
            notary=self._notary,
            registry=self.registry,
            visibility=Visibility(self.registry),
            layouts=self.layouts,
            sessions=self.sessions,
            session_context=context,
            rest=RestIngest(database, self.pipeline),
            writer=self.writer,
            summaries=self.summaries,
            latest=self.latest,
            feed=self.feed,
            recordings=self.recordings,
            exports=Exports(database),
            intake=self.intake,
            rules_changed=self._follow_rules,
            clock=time.time,
            started=time.time(),
        )

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the background work while the block runs, then write what is still queued."""
        await self.registry.load()
        await self.recordings.load()
        await retention.make_ahead(self._database, time.time())
        await self._follow_rules()
        await self.intake.look()
        await warmup.run(self._database, self._layout_of, self.summaries.push, self.registry.ids(), time.time())
        writing = asyncio.create_task(self.writer.run(), name="writer")
        jobs = [
            asyncio.create_task(self._repeat(interval, job), name=job.__name__)
            for interval, job in (
                (SWEEP_S, self._sweep),
                (FLEET_TICK_S, self._fleet_tick),
                (FLUSH_S, self.registry.flush),
                (FLUSH_S, self.writer.write_causes),
                (RETENTION_S, self._retention),
                (INTAKE_S, self.intake.look),
                (RECORDINGS_S, self._sweep_recordings),
                (TRIM_S, self._trim_recordings),
                (ROLLOUT_S, self._rollout),
                (RECHECK_S, self.feed.recheck),
                (REFUSALS_S, self.refusals.write),
                (NOTARY_S, self._sign_daily),
            )
        ]
        try:
            yield
        finally:
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)
            self.pipeline.flush()
            self.writer.stop()
            await writing
            with contextlib.suppress(OpsentrixError):
                await self.writer.write_causes()
                await self.registry.flush()
                await self.refusals.write()

    async def _repeat(self, interval: float, job: Job) -> None:
        while True:
            await asyncio.sleep(interval)
            try:
                await job()
            except OpsentrixError as error:
                _log.warning("background work failed; it will be tried again", job=job.__name__, reason=error.detail)
            except Exception:  # noqa: BLE001 - one failure must not end the work for good
                _log.exception("background work failed; it will be tried again", job=job.__name__)

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

    async def _sign_daily(self) -> None:
        await self._notary.sign_daily(time.time())

    async def _follow_rules(self) -> None:
        """Take frames as old as the longest rule keeps."""
        async with self._database.connection() as connection:
            rules = await storage_retention.rules(connection)
        settings = self.settings
        defaults = days_of(settings.retention_days, settings.retention_1m_days, settings.retention_1h_days)
        self._limits.keep_days = longest(defaults, rules)[SECOND]

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
            task = asyncio.create_task(self._write_facts(told))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _write_facts(self, agent: Agent) -> None:
        try:
            async with self._database.connection() as connection:
                await agents.set_facts(connection, agent.id, agent.version, agent.reporting_interval, agent.facts)
        except OpsentrixError as error:
            # The agent introduces itself again when it connects next.
            _log.warning("an agent's facts were not written", agent=agent.id, reason=error.detail)


async def serve(settings: Settings, ready: Callable[[str | None], None]) -> None:
    """Run the hub until SIGINT or SIGTERM.

    Args:
        settings: validated.
        ready: called once the hub accepts requests, with the generated password of `admin` on the very first start.

    Raises:
        StartupError: it cannot start; the text says why.
    """
    _allow_many_connections()
    this = asyncio.current_task()
    _on_signals(this.cancel if this else _nothing)
    try:
        await _serve(settings, ready)
    except asyncio.CancelledError:
        _log.info("stopped before it was up")


async def _serve(settings: Settings, ready: Callable[[str | None], None]) -> None:
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(contextlib.closing(_listen(settings.host, settings.port)))
        dsn = settings.database_url.get_secret_value()
        if not dsn:
            embedded.claim(settings.data_dir)
            stack.enter_context(embedded.locked(settings.data_dir, "hub"))
            dsn = stack.enter_context(embedded.running(settings.data_dir))
        database = await Database.connect(dsn, settings.database_connections)
        try:
            await migrate.upgrade(dsn)
            password = await ensure_admin(database, settings.admin_password.get_secret_value())
            hub = Hub(settings, database)
            async with hub.running(), _watched_database(settings), told_run(settings, database):
                await _serve_http(hub, listener, lambda: ready(password))
        finally:
            await database.close()


@contextlib.asynccontextmanager
async def _watched_database(settings: Settings) -> AsyncIterator[None]:
    """Start the embedded PostgreSQL again whenever it dies while the block runs; a given one is its owner's task."""
    ending = asyncio.Event()
    watching = None
    if not settings.database_url.get_secret_value():
        watching = asyncio.create_task(_watch_database(settings.data_dir, ending), name="database")
    try:
        yield
    finally:
        ending.set()
        if watching is not None:
            await watching  # not cancelled: a server that is just starting must be stopped afterwards


async def _watch_database(data_dir: Path, ending: asyncio.Event) -> None:
    failing = ""
    while not ending.is_set():
        if not embedded.alive(data_dir):
            if not failing:
                _log.error("the embedded PostgreSQL died; starting it again")
            try:
                await asyncio.to_thread(embedded.start_again, data_dir)
            except StartupError as error:
                if str(error) != failing:  # not each second: the log may be on the disk that is full
                    _log.error("that failed; it will be tried again", reason=str(error))
                failing = str(error)
            else:
                failing = ""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ending.wait(), WATCH_S)


def http_config(hub: Hub) -> uvicorn.Config:
    """Return how the hub is served over HTTP and WebSocket."""
    return uvicorn.Config(
        create_app(hub.services),
        http=LimitedHeads,
        ws=CountedWebSocket,
        ws_max_size=hub.settings.max_body_bytes * _WEBSOCKET_FACTOR,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(hub.settings.trusted_proxies),
        forwarded_allow_ips=hub.settings.trusted_proxies,
        timeout_graceful_shutdown=5,
    )


async def _serve_http(hub: Hub, listener: socket.socket, ready: Callable[[], None]) -> None:
    server = uvicorn.Server(http_config(hub))
    # From here on the server ends by itself on a signal. Then it raises the signal again, which must not end the
    # process before the stages have written what they hold.
    _on_signals(_nothing)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn offers no event
        await asyncio.sleep(0.01)
    if server.started:
        _calm_garbage_collector()
        ready()
    await serving


def _on_signals(act: Callable[[], object]) -> None:
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(one, act)


def _nothing() -> None:
    """Do nothing."""


def _calm_garbage_collector() -> None:
    """Make full passes of the garbage collector rare.

    With 10,000 sessions a pass stops everything for up to two seconds and finds next to nothing. Without them acks to
    10,000 agents took 0.13 s at the 99th percentile instead of 1.9 s, in one run each of a minute.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def _allow_many_connections() -> None:
    """Raise the limit of open files as far as we may: each agent and browser takes one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _listen(host: str, port: int) -> socket.socket:
    """Return a bound socket, so that a port in use is known before anything else starts."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise StartupError(f"Cannot listen on {host} port {port}: {(error.strerror or str(error)).lower()}.") from None
    return listener
