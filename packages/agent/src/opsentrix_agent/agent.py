"""The composition root: collectors -> sampler -> framer -> spool -> link, and a loop that ticks."""

import logging
import os
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.frames import MAX_SAMPLES

from opsentrix_agent import __version__, extras
from opsentrix_agent.collector import Collector, Source, TopProcesses
from opsentrix_agent.configuration import Configuration
from opsentrix_agent.credentials import Credentials
from opsentrix_agent.flightrecorder import PROCESSES, FlightRecorder
from opsentrix_agent.framing import ClosedFrame, Framer, Look
from opsentrix_agent.greeting import Greeting, Limits
from opsentrix_agent.hostfacts import host_facts
from opsentrix_agent.identity import Identity
from opsentrix_agent.link import ACTIONS, UPGRADES, Link
from opsentrix_agent.links import dialer
from opsentrix_agent.loader import Loaded, choose, load
from opsentrix_agent.notify import Notifier
from opsentrix_agent.orders import Duties
from opsentrix_agent.pending import Pauses, PendingOrders
from opsentrix_agent.plugins.folder import find_plugins, renewed
from opsentrix_agent.runner import DEADLINE_S, Runner
from opsentrix_agent.sampler import Sampler
from opsentrix_agent.schedule import Moment, Schedule, Tick
from opsentrix_agent.selfmetrics import SelfMetrics, SpoolUse
from opsentrix_agent.spool import Spool, SpooledFrame
from opsentrix_agent.transport import Transport
from opsentrix_agent.waker import Waker

if TYPE_CHECKING:
    # Imported where they are wanted only: most agents do without.
    from opsentrix_agent.actions.relay import Relay
    from opsentrix_agent.upgrades.watch import Upgrades

log = logging.getLogger(__name__)

STEP_MS = 1000
FLUSH_S = 2.0
SAVE_S = 5.0
TOP_PROCESSES = 5
RESTART_AFTER_MS = 300_000
"""A hub may make an agent start anew no more often than that: each time some seconds are not sampled."""
RESTARTED_VARIABLE = "OPSENTRIX_AGENT_RESTARTED_MS"
"""Tells the program that starts anew when the hub asked for that, by the clock of the kernel."""
_UNSET_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Goes on while the machine sleeps where it can: else waking up would look like a clock that was set forward."""
MAX_LOOKS = 120
"""Looks at the processes that wait for their frame: it has 300 ticks at the most, and a look comes each 5th."""
BYTES_PER_SAMPLE = 10
"""More than a sample takes in a message: a float, its bit, its share of what does not compress."""


class Agent:
    """One run of the agent."""

    def __init__(
        self,
        configuration: Configuration,
        identity: Identity,
        record: Path | None = None,
        upgrades: "Upgrades | None" = None,
        relay: extras.FindRelay = extras.no_relay,
    ) -> None:
        """Wire everything; nothing is sent before `run`.

        Args:
            configuration: what the owner and the hub decided.
            identity: who this agent is.
            record: file that each frame is appended to, as JSON.
            upgrades: follows the hub's requests for another release; None where the owner has no policy.
            relay: returns what follows commands, begun; None where the owner's policy says nothing of them.

        Raises:
            SettingsError: a collector does not exist, the CA file or the record file cannot be used.
        """
        self._configuration = configuration
        settings = configuration.settings
        names = choose(settings.enable, settings.disable)
        server_url = settings.server_url or identity.server_url
        self._tls = extras.client_tls(settings, identity, server_url)
        dial = dialer(server_url, settings.link, identity.agent_id, self._tls)
        self._recorder = extras.recorder(record) if record else None
        self._runner = Runner()
        self._names = names
        self._loaded = loaded = load(names, self._runner)
        self._top = _top_processes(loaded.collectors)
        self._seen_looks = 0
        self._looks: list[Look] = []
        self._packed_processes = True
        self._flight = FlightRecorder()
        self._flight.use(loaded.collectors.values())
        self._spool = Spool(settings.spool_bytes)
        self._missed = 0
        own = SelfMetrics(
            lambda: len(self._spool),
            lambda: self._spool.dropped,
            lambda: self._missed,
            lambda: configuration.file_errors,
            self._spool_use,
        )
        found = find_plugins(settings.plugin_dir)
        self._plugins = found.plugins
        sources: dict[str, Source] = {**loaded.collectors, **found.plugins}
        self._plugins_broken = ["plugins"] if found.problem else []
        self._sampler = Sampler(sources, self._runner, own, [*loaded.broken, *self._plugins_broken])
        boot_id = os.urandom(16)
        self._framer = Framer(boot_id, STEP_MS, settings.reporting_interval * 1000 // STEP_MS)
        self._frame_ticks = self._framer.frame_ticks
        restarted = os.environ.get(RESTARTED_VARIABLE, "")
        self._restarted_ms = int(restarted) if restarted.isdecimal() else -RESTART_AFTER_MS
        greeting = Greeting(__version__, boot_id, STEP_MS, self._framer.frame_ticks, host_facts())
        self._orders = PendingOrders(configuration.version, self._wake)
        duties = Duties(self._orders, self._flight.cut, credentials := Credentials(settings.state_dir, identity))
        self._link = Link(self._spool, greeting, self._set_pace, self._set_limits, duties=duties)
        if settings.payload_encryption:
            self._link.envelope = extras.envelope(settings, identity)
        self._pauses = Pauses(boot_id, paused=settings.paused)
        self._transport = Transport(
            self._link, dial, credentials, self._tls, spool_is_empty=lambda: not len(self._spool)
        )
        self._keeper = extras.keeper(settings, self._spool, boot_id, self._transport.wake)
        self._waker = Waker()
        self._notifier = Notifier(os.environ, os.getpid())
        self._stopping = False
        self._reload = False
        self._restarting = False
        self._control_error = ""
        self._upgrades = upgrades
        self._find_relay = relay
        self._relay: Relay | None = None
        self._allow_upgrades()
        self._tell()
        log.info("collectors: %s", ", ".join(sources) or "none")

    def stop(self) -> None:
        """Ask the loop to end; any thread and any signal handler may call it."""
        self._stopping = True
        self._waker.wake()

    def reload(self) -> None:
        """Ask the loop to read the owner's settings again; any signal handler may call it."""
        self._reload = True
        self._waker.wake()

    def run(self) -> bool:
        """Tick until stopped, then send what is left for up to two seconds.

        Returns:
            Whether the agent is to start anew.
        """
        self._sampler.sample()  # counters give no rate the first time; so the first frame has its final layout
        if self._keeper:
            self._keeper.open()
            self._keeper.start()
        self._follow_commands()
        self._transport.start()
        self._notifier.ready()
        if self._upgrades:
            self._upgrades.begin()
        schedule = Schedule(STEP_MS, _now())
        while not self._stopping:
            self._waker.wait(schedule.wait_ms(_now()) / 1000)
            self._follow_orders(_now().mono)
            self._follow_upgrades(_now().mono)
            tick = schedule.claim(_now())
            if tick is not None:
                self._tick(tick)
                self._notifier.alive(time.monotonic())
        self._finish()
        return self._restarting

    def _wake(self) -> None:
        self._waker.wake()

    def _follow_orders(self, now_ms: int) -> None:
        """Do what the owner or the hub asked for since the last time."""
        content, restart = self._orders.collect()
        if not (self._reload or content or restart):
            return
        if self._reload:
            self._reload = False
            self._configuration.reload()
            self._find_plugins()
            self._allow_upgrades()
            self._follow_commands()
        if content:
            self._configuration.take(*content)
        if restart and now_ms - self._restarted_ms < RESTART_AFTER_MS:
            self._control_error = f"The agent restarts no sooner than {RESTART_AFTER_MS // 1000} s after the last time."
            log.warning("the hub asks for a restart: %s", self._control_error)
        elif restart:
            log.info("the hub asks for a restart")
            self._restarting = self._stopping = True
            os.environ[RESTARTED_VARIABLE] = str(now_ms)
        self._apply()
        self._tell()

    def _allow_upgrades(self) -> None:
        if self._upgrades:
            self._link.allow(UPGRADES, allowed=not self._upgrades.refusal())

    def _follow_commands(self) -> None:
        """Follow commands from now on, if the owner's policy speaks of any by now."""
        self._relay = self._relay or self._find_relay(self._transport.wake, self._tell_policy)
        if self._relay:
            self._link.follow_commands(self._relay)

    def _tell_policy(self, state: pb.PolicyState) -> None:
        self._link.allow(ACTIONS, allowed=bool(state.allowed_json))
        self._link.tell(ACTIONS, pb.AgentMessage(policy_state=state))
        self._transport.wake()

    def _follow_upgrades(self, now_ms: int) -> None:
        """Take the hub's request for another release, and tell how far it is."""
        wanted, acknowledged = self._orders.collect_upgrade()
        state = self._upgrades.follow(wanted, now_ms, acknowledged=acknowledged) if self._upgrades else None
        if state is not None:
            self._link.tell(UPGRADES, pb.AgentMessage(upgrade_state=state))
            self._transport.wake()

    def _apply(self) -> None:
        """Bring everything in line with the settings in effect."""
        settings = self._configuration.settings
        frame_ticks = settings.reporting_interval * 1000 // STEP_MS
        if frame_ticks != self._frame_ticks:
            self._frame_ticks = frame_ticks
            self._link.set_frame_ticks(frame_ticks)
        self._spool.resize(settings.spool_bytes)
        names = choose(settings.enable, settings.disable)
        if names != self._names:
            self._names = names
            self._load(names)
        if settings.paused and not self._pauses.paused:
            self._ship(self._framer.close())
            self._pauses.begin()
        elif self._pauses.paused and not settings.paused:
            self._sampler.sample()  # rates are of the time since, and not of the pause
            self._flight.skip()
            self._pauses.end()

    def _load(self, names: Sequence[str]) -> None:
        """Run these collectors from now on, those that run already as they are."""
        present = self._loaded.collectors
        loaded = load([name for name in names if name not in present], self._runner, deadline=DEADLINE_S)
        both = present | loaded.collectors
        loaded.collectors = {name: both[name] for name in names if name in both}
        self._loaded = loaded
        self._top = _top_processes(loaded.collectors)
        self._flight.use(loaded.collectors.values())
        self._use(loaded)

    def _use(self, loaded: Loaded) -> None:
        sources: dict[str, Source] = {**loaded.collectors, **self._plugins}
        self._sampler.use(sources, [*loaded.broken, *self._plugins_broken])
        log.info("collectors: %s", ", ".join(sources) or "none")

    def _find_plugins(self) -> None:
        """Look into the owner's folder again: new plugins begin, those that are gone end, the others go on."""
        found = find_plugins(self._configuration.settings.plugin_dir)
        if found.problem:
            self._plugins_broken = ["plugins"]
        else:
            self._plugins_broken = []
            self._plugins = renewed(self._plugins, found.plugins)
        self._use(self._loaded)

    def _tell(self) -> None:
        """Tell the hub how the agent is configured."""
        state = self._configuration.state()
        state.control_error = self._control_error
        state.paused.extend(self._pauses.spans)
        self._orders.version = self._configuration.version
        self._link.tell("configuration", pb.AgentMessage(configuration_state=state))
        self._transport.wake()

    def _tick(self, tick: Tick) -> None:
        if tick.clock_step_ms:
            log.warning("the clock was set by %+d ms; a new frame begins at %d", tick.clock_step_ms, tick.time_ms)
        self._missed += tick.missed
        if self._pauses.paused:
            self._pauses.tick(tick.time_ms)
            return
        if self._pauses.close(tick.time_ms, self._framer.next_seq):
            self._tell()
        values = self._sampler.sample()
        self._flight.tick(tick.time_ms)
        self._look(tick.time_ms)
        self._ship(self._framer.add(tick.time_ms, values, self._sampler.series, tick.clock_step_ms))

    def _finish(self) -> None:
        if not self._restarting:  # systemd would kill what goes on after it said that it stops
            self._notifier.stopping()
        self._ship(self._framer.close())
        self._transport.stop(FLUSH_S)
        if self._relay:
            self._relay.stop(FLUSH_S)
        left = len(self._spool)
        if self._keeper:
            self._keeper.stop(SAVE_S)
            left = self._keeper.unsaved
            log.info("%d bytes of frames are kept on disk", self._keeper.disk_bytes)
        if left:
            log.warning("stopped with %d frames that the hub did not acknowledge", left)
        self._runner.close()
        for plugin in self._plugins.values():
            plugin.close()
        if self._recorder:
            self._recorder.close()
        self._waker.close()
        self._notifier.close()

    def _ship(self, frames: Sequence[ClosedFrame]) -> None:
        for frame in frames:
            within = [look for look in self._looks if look[0] <= frame.last_tick_ms]
            del self._looks[: len(within)]
            data = self._encode(frame, within)
            if self._recorder:
                self._recorder.write(frame)
            self._spool.add(SpooledFrame((frame.boot_id, frame.seq), frame.layout.id, data), frame.layout.wire)
        if frames:
            self._transport.wake()

    def _encode(self, frame: ClosedFrame, looks: Sequence[Look]) -> bytes:
        try:
            return frame.to_wire(looks, packed=self._packed_processes)
        except (TypeError, ValueError) as error:
            log.warning("the top processes are left out of frame %d: %s", frame.seq, error)
            return frame.to_wire()

    def _look(self, tick_ms: int) -> None:
        """Note the top processes when the collector has looked anew."""
        if self._top is None or self._top[1].looks == self._seen_looks:
            return
        name, source = self._top
        self._seen_looks = source.looks
        (outcome,) = self._runner.run([(name, lambda: (source.top(TOP_PROCESSES), source.top(PROCESSES)))])
        if outcome.error:
            log.debug("no top processes: %s", outcome.error)
        top, recorded = outcome.result or ((), None)
        self._looks.append((tick_ms, top))
        del self._looks[:-MAX_LOOKS]
        if recorded is not None:
            self._flight.look(tick_ms, recorded)

    def _spool_use(self) -> SpoolUse:
        if self._keeper is None:
            return SpoolUse(self._spool.size)
        return SpoolUse(self._spool.size, self._keeper.disk_bytes, self._keeper.errors, self._keeper.replayed)

    def _set_pace(self, frame_ticks: int) -> None:
        self._framer.frame_ticks = frame_ticks

    def _set_limits(self, limits: Limits) -> None:
        self._packed_processes = limits.packed_processes
        if limits.certificates and self._tls:
            self._tls.offered()
        if limits.max_series:
            self._framer.max_series = limits.max_series
        if limits.max_message_bytes:
            self._framer.max_samples = min(MAX_SAMPLES, limits.max_message_bytes // BYTES_PER_SAMPLE)


def run(
    configuration: Configuration,
    identity: Identity,
    record: Path | None = None,
    upgrades: "Upgrades | None" = None,
    relay: extras.FindRelay = extras.no_relay,
) -> bool:
    """Run the agent until SIGTERM or SIGINT; SIGHUP reads the settings again.

    Returns:
        Whether the hub asked for a restart.

    Raises:
        SettingsError: see `Agent`.
    """
    agent = Agent(configuration, identity, record, upgrades, relay)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: agent.stop())
    signal.signal(signal.SIGHUP, lambda _number, _frame: agent.reload())
    return agent.run()


def _now() -> Moment:
    return Moment(time.time_ns() // 1_000_000, time.clock_gettime_ns(_UNSET_CLOCK) // 1_000_000)


def _top_processes(collectors: Mapping[str, Collector]) -> tuple[str, TopProcesses] | None:
    return next(
        ((name, collector) for name, collector in collectors.items() if isinstance(collector, TopProcesses)), None
    )
