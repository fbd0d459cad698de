"""Units of systemd: states and restarts from the manager (org.freedesktop.systemd1(5)), use from their cgroups."""

import os
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from opsentrix_protocol.catalogue import Kind, Labels, Metric, labels_of

from opsentrix_agent.collector import HostPaths, Occurrence, Reading
from opsentrix_agent.collectors.cgroupfs import Cgroup, CgroupTree
from opsentrix_agent.collectors.dbuswire import METHOD_RETURN, DBusError, Message
from opsentrix_agent.collectors.source import printable
from opsentrix_agent.collectors.systembus import SystemBus
from opsentrix_agent.collectors.unixstream import UnixStream
from opsentrix_agent.errors import CollectorUnavailableError

_STATE = Metric(
    "systemd.unit.state",
    "1",
    Kind.GAUGE,
    "Its states and sub-states: 1 for the one that it is in, 0 for those that it was in before. Asked every 10 s",
)
_FAILED = Metric("systemd.unit.failed", "{unit}", Kind.GAUGE, "Units that failed. Asked every 10 s")
_LEFT_OUT = Metric("systemd.unit.left_out", "{unit}", Kind.GAUGE, "Units that are not reported because there are many")
_RESTARTS = Metric(
    "systemd.service.restarts",
    "{restart}",
    Kind.GAUGE,
    "Times that systemd restarted the service by itself since somebody started it; absent before the first time",
)
_CPU = Metric("systemd.service.cpu.usage", "{cpu}", Kind.RATE, "Cores that the service uses")
_MEMORY = Metric("systemd.service.memory.usage", "By", Kind.GAUGE, "Memory of the service, page cache included")

ASK_EVERY_S = 10.0
MAX_UNITS = 128
FORGET_AFTER_S = 3600.0
MAX_WITNESSED = 2 * MAX_UNITS
"""Changes that wait to be told: all that one list can bring, and the restarts."""
_MAX_STATES = 8
_NAME_CHARS = 128

_MANAGER = "org.freedesktop.systemd1"
_MANAGER_PATH = b"/org/freedesktop/systemd1"
_ALIVE = ["active", "reloading", "activating", "deactivating", "maintenance", "refreshing"]
_State = tuple[str, str]
_GONE: _State = ("inactive", "dead")


class _Unit:
    """What is known of a unit; `seen` holds the labels of each state that it was in."""

    __slots__ = ("cgroup", "labels", "left_at", "name", "path", "restarts", "seen", "state")

    def __init__(self, name: bytes, path: bytes) -> None:
        self.name = _text(name)
        self.labels = labels_of(unit=self.name)
        self.path = path
        self.state: _State = _GONE
        self.seen: dict[_State, Labels] = {}
        self.left_at: float | None = None
        self.restarts: int | None = None
        self.cgroup: Cgroup | None = None

    def enter(self, state: _State) -> None:
        self.state = state
        if state not in self.seen:
            if len(self.seen) >= _MAX_STATES:
                del self.seen[next(iter(self.seen))]
            self.seen[state] = labels_of(unit=self.name, state=state[0], sub_state=state[1])

    def leave(self, now: float) -> None:
        self.enter(_GONE)
        self.drop_cgroup()
        if self.left_at is None:
            self.left_at = now

    def drop_cgroup(self) -> None:
        if self.cgroup is not None:
            self.cgroup.close()
            self.cgroup = None


class Systemd:
    """Which services run, which units failed, how often services were restarted, and what they use.

    Reported are services that run or are about to, and units of any kind that failed, at most 128. A unit that was
    reported once stays for an hour after it stopped, as `inactive`. A service that did its work at boot and exited is
    left out unless it was seen in another state.

    The manager is asked over the system's message bus, which needs no privilege. The agent never waits for it: answers
    are taken a second later.
    """

    metrics: ClassVar[tuple[Metric, ...]] = (_STATE, _FAILED, _LEFT_OUT, _RESTARTS, _CPU, _MEMORY)

    def __init__(
        self,
        paths: HostPaths,
        *,
        clock: Callable[[], float] = time.monotonic,
        connect: Callable[[str], UnixStream] = UnixStream,
    ) -> None:
        socket = paths.run / "dbus/system_bus_socket"
        for needed in (paths.run / "systemd/system", socket):
            if not needed.exists():
                raise CollectorUnavailableError(f"{needed} cannot be read: No such file or directory")
        self._clock = clock
        self._bus = SystemBus(partial(connect, os.fspath(socket)))
        self._tree = _tree(paths)
        self._ask_at = 0.0
        self._problem = ""
        self._lists: list[list[tuple[Any, ...]]] = []
        self._units: dict[bytes, _Unit] = {}
        self._readings: list[Reading] = []
        self._witnessed: deque[Occurrence] = deque(maxlen=MAX_WITNESSED)
        self._listed_before = False

    def collect(self) -> list[Reading]:
        """Return the states as last asked for, and what the services use now; nothing at the first tick.

        Raises:
            DBusError: systemd could not be asked the last time.
        """
        now = self._clock()
        try:
            if now >= self._ask_at:
                self._ask_at = now + ASK_EVERY_S
                self._ask()
            self._bus.poll(now)
        except DBusError as error:
            self._problem = f"systemd cannot be asked: {error}"
        if self._problem:
            raise DBusError(self._problem)
        readings = self._readings.copy()
        for unit in self._units.values():
            if unit.restarts:
                readings.append((_RESTARTS, unit.labels, unit.restarts))
            if (cgroup := unit.cgroup) is not None:
                if (seconds := cgroup.cpu_seconds()) is not None:
                    readings.append((_CPU, unit.labels, seconds))
                if (memory := cgroup.memory_bytes()) is not None:
                    readings.append((_MEMORY, unit.labels, memory))
        return readings

    def witnessed(self) -> list[Occurrence]:
        """Return the changes of units' states and their restarts since the last call, the oldest first.

        What systemd was first found in is no change.
        """
        return [self._witnessed.popleft() for _ in range(len(self._witnessed))]

    def _ask(self) -> None:
        self._lists = []
        for states, patterns in ((["failed"], []), (_ALIVE, ["*.service"])):
            self._call(_MANAGER_PATH, f"{_MANAGER}.Manager", "ListUnitsByPatterns", (states, patterns), self._listed)

    def _listed(self, message: Message) -> None:
        if message.kind != METHOD_RETURN or not message.body:
            raise DBusError(f"it does not list its units: {printable(message.error, 80)}")
        self._lists.append(message.body[0])
        if len(self._lists) == 2:
            try:
                self._update(self._clock(), *self._lists)
            except (TypeError, ValueError, AttributeError) as error:
                raise DBusError(f"its list of units is of another form: {error}") from None
            self._problem = ""

    def _update(self, now: float, failed: list[tuple[Any, ...]], alive: list[tuple[Any, ...]]) -> None:
        present: set[bytes] = set()
        left_out = 0
        for name, _, _, active, sub, _, path, *_ in (*failed, *alive):
            present.add(name)
            state = printable(active, 32), printable(sub, 32)
            unit = self._units.get(name)
            if unit is None:
                if state == ("active", "exited"):
                    continue
                if len(self._units) >= MAX_UNITS and not self._forget_one():
                    left_out += 1
                    continue
                unit = self._units[name] = _Unit(name, path)
            self._note_change(unit, state)
            unit.enter(state)
            unit.left_at = None
            if name.endswith(b".service"):
                self._ask_more(unit)
        for name, unit in list(self._units.items()):
            if name not in present:
                self._note_change(unit, _GONE)
                unit.leave(now)
                if unit.left_at is not None and now - unit.left_at >= FORGET_AFTER_S:
                    del self._units[name]
        self._listed_before = True
        self._readings = self._states()
        self._readings += [(_FAILED, (), len(failed)), (_LEFT_OUT, (), left_out)]

    def _note_change(self, unit: _Unit, state: _State) -> None:
        if self._listed_before and state != unit.state:
            severity = "critical" if state[0] == "failed" else "info"
            self._note(unit, severity, f"{_said(unit.state)} → {_said(state)}")

    def _note(self, unit: _Unit, severity: str, text: str) -> None:
        self._witnessed.append(Occurrence("systemd.unit", severity, text, unit.labels))

    def _forget_one(self) -> bool:
        """Make room by forgetting a unit that stopped; return whether there was one."""
        for name, unit in self._units.items():
            if unit.left_at is not None:
                del self._units[name]
                return True
        return False

    def _states(self) -> list[Reading]:
        readings: list[Reading] = []
        for unit in self._units.values():
            readings += [(_STATE, labels, float(state == unit.state)) for state, labels in unit.seen.items()]
        return readings

    def _ask_more(self, unit: _Unit) -> None:
        self._get(unit, "NRestarts", partial(self._note_restarts, unit))
        if unit.cgroup is not None and unit.cgroup.cpu_seconds() is None:
            unit.drop_cgroup()
        if self._tree is not None and unit.cgroup is None and unit.state[0] != "failed":
            self._get(unit, "ControlGroup", partial(_note_cgroup, unit, self._tree))

    # It and the cgroup may come for a unit that has gone meanwhile: that error is no news, the next list tells.
    def _note_restarts(self, unit: _Unit, message: Message) -> None:
        if message.kind == METHOD_RETURN and message.body and isinstance(message.body[0], int):
            count = message.body[0]
            if unit.restarts is not None and count > unit.restarts:
                self._note(unit, "warning", f"restarted by systemd, {count} times so far")
            unit.restarts = count

    def _get(self, unit: _Unit, name: str, then: Callable[[Message], None]) -> None:
        interface = "org.freedesktop.DBus.Properties"
        self._call(unit.path, interface, "Get", (f"{_MANAGER}.Service", name), then)

    def _call(
        self, path: bytes, interface: str, member: str, arguments: tuple[object, ...], then: Callable[[Message], None]
    ) -> None:
        self._bus.call(_MANAGER, path, interface, member, arguments, then)


def _text(name: bytes) -> str:
    """Return a unit's name; the backslashes in it are systemd's own escapes and stay as people know them."""
    text = name.decode("ascii", "replace")
    return text[:_NAME_CHARS] if name.isascii() and text.isprintable() else printable(name, _NAME_CHARS)


def _tree(paths: HostPaths) -> CgroupTree | None:
    try:
        return CgroupTree(paths.sys)
    except CollectorUnavailableError:
        return None  # the states are worth having alone


def _said(state: _State) -> str:
    return f"{state[0]} ({state[1]})"


def _note_cgroup(unit: _Unit, tree: CgroupTree, message: Message) -> None:
    if message.kind != METHOD_RETURN or not message.body or not isinstance(message.body[0], bytes):
        return
    path = message.body[0].strip(b"/")
    if path and b".." not in path.split(b"/") and unit.left_at is None:
        unit.drop_cgroup()
        unit.cgroup = tree.group(path)
