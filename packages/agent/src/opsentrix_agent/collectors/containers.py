"""Containers of Docker and Podman: names and states from their API, use from cgroups and `/proc/<pid>/net/dev`."""

import os
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import ClassVar

from opsentrix_protocol.catalogue import Kind, Labels, Metric, labels_of

from opsentrix_agent.collector import HostPaths, Reading
from opsentrix_agent.collectors.cgroupfs import Cgroup, CgroupTree
from opsentrix_agent.collectors.containerapi import LIST, Listed, inspect_path, read_inspection, read_list
from opsentrix_agent.collectors.source import read
from opsentrix_agent.collectors.unixhttp import Answer, HttpError, UnixHttp
from opsentrix_agent.collectors.unixstream import UnixStream
from opsentrix_agent.errors import CollectorUnavailableError

_UP = Metric("container.runtime.up", "1", Kind.GAUGE, "Whether the container engine answers: 1 or 0")
_COUNT = Metric("container.count", "{container}", Kind.GAUGE, "Containers by state. Asked every 10 s")
_LEFT_OUT = Metric(
    "container.left_out", "{container}", Kind.GAUGE, "Containers that are not reported because there are many"
)
_STATE = Metric(
    "container.state",
    "1",
    Kind.GAUGE,
    "Its states: 1 for the one that it is in, 0 for those that it was in before. Asked every 10 s",
)
_HEALTHY = Metric(
    "container.healthy",
    "1",
    Kind.GAUGE,
    "Whether its health check passes: 1 or 0; absent while it starts and without a check. Asked every 10 s",
)
_RESTARTS = Metric(
    "container.restarts", "{restart}", Kind.GAUGE, "Times that the engine restarted it. Asked once a minute at least"
)
_CPU = Metric("container.cpu.usage", "{cpu}", Kind.RATE, "Cores that the container uses")
_MEMORY = Metric(
    "container.memory.usage", "By", Kind.GAUGE, "Memory of the container, without the page cache that can go at once"
)
_LIMIT = Metric("container.memory.limit", "By", Kind.GAUGE, "Memory that the container may use, where it is limited")
_DISK = Metric("container.disk.io", "By/s", Kind.RATE, "Bytes read from and written to block devices")
_NETWORK = Metric("container.network.io", "By/s", Kind.RATE, "Bytes received and sent, without the loopback")

ASK_EVERY_S = 10.0
MAX_CONTAINERS = 64
"""Of one engine."""
MAX_ENGINES = 4
YOUNG_S = 30.0
INSPECT_AT_ONCE = 12
FORGET_AFTER_S = 3600.0
_FIND_TIMES = 3
_MAX_STATES = 6
_RESTING = ("exited", "created", "unknown")


class _Container:
    """What is known of a container, and the files that tell what it uses."""

    def __init__(self, runtime: str, listed: Listed) -> None:
        self.id = listed.id
        self.name = listed.name
        self.labels = labels_of(container=listed.name, runtime=runtime)
        self.directions: dict[str, Labels] = {
            one: labels_of(container=listed.name, runtime=runtime, direction=one)
            for one in ("read", "write", "receive", "transmit")
        }
        self._of_state = partial(labels_of, container=listed.name, runtime=runtime, image=listed.image)
        self.seen: dict[str, Labels] = {}
        self.enter(listed.state)
        self.health = listed.health
        self.own_network = listed.own_network
        self.restarts: int | None = None
        self.left_at: float | None = None
        self.cgroup: Cgroup | None = None
        self.searches = 0
        self.pid: int | None = None
        self.cache = 0
        self.limit: int | None = None

    def enter(self, state: str) -> None:
        """Note the state that it is in."""
        self.state = state
        if state not in self.seen:
            if len(self.seen) >= _MAX_STATES:
                del self.seen[next(iter(self.seen))]
            self.seen[state] = self._of_state(state=state)

    def settle(self, tree: CgroupTree, paths: dict[str, bytes]) -> None:
        """Find its cgroup where that is not known, and what changes slowly."""
        if self.cgroup is not None and self.cgroup.cpu_seconds() is None:
            self.drop()
        if self.cgroup is None and self.id in paths:
            self.cgroup = tree.group(paths[self.id])
        if self.cgroup is not None:
            self.cache = self.cgroup.inactive_file_bytes()
            self.limit = self.cgroup.memory_limit_bytes()
            self.pid = self.cgroup.first_pid() if self.own_network else None

    def drop(self) -> None:
        """Give back the files of a cgroup that has gone."""
        if self.cgroup is not None:
            self.cgroup.close()
        self.cgroup = None
        self.pid = None

    def use(self, proc: bytes) -> Iterable[Reading]:
        """Yield what it uses now."""
        cgroup = self.cgroup
        if cgroup is None:
            return
        if (seconds := cgroup.cpu_seconds()) is not None:
            yield _CPU, self.labels, seconds
        if (memory := cgroup.memory_bytes()) is not None:
            yield _MEMORY, self.labels, max(0, memory - self.cache)
        if self.limit is not None:
            yield _LIMIT, self.labels, self.limit
        if (moved := cgroup.io_bytes()) is not None:
            yield _DISK, self.directions["read"], moved[0]
            yield _DISK, self.directions["write"], moved[1]
        if self.pid is not None and (traffic := _traffic(proc, self.pid)) is not None:
            yield _NETWORK, self.directions["receive"], traffic[0]
            yield _NETWORK, self.directions["transmit"], traffic[1]


class _Engine:
    """One socket with an engine behind it, and its containers by name."""

    def __init__(self, name: str, connect: Callable[[], UnixStream]) -> None:
        self.containers: dict[str, _Container] = {}
        self._name = name
        self._labels = labels_of(runtime=name)
        self._http = UnixHttp(connect)
        self._problem = ""
        self._news: list[Listed] | None = None
        self._to_inspect: list[_Container] = []
        self._counts: dict[str, int] = {}
        self._left_out = 0

    def ask(self) -> None:
        """Queue the questions of this round."""
        self._http.get(LIST, self._listed)
        if not self._to_inspect:
            self._to_inspect = [one for one in self.containers.values() if one.left_at is None]
        now, self._to_inspect = self._to_inspect[:INSPECT_AT_ONCE], self._to_inspect[INSPECT_AT_ONCE:]
        for container in now:
            self._http.get(inspect_path(container.id), partial(_inspected, container))

    def poll(self, now: float, wall: float) -> bool:
        """Take answers and return whether the list is new."""
        try:
            self._http.poll(now)
        except HttpError as error:
            self._problem, self._news = str(error), None
            return False
        listed, self._news = self._news, None
        if listed is None:
            return False
        self._problem = ""
        self._update(now, wall, listed)
        return True

    @property
    def problem(self) -> str:
        """Why the engine did not answer the last time; empty when it did."""
        return self._problem

    def readings(self) -> list[Reading]:
        """Return what is known without the cgroups."""
        up = not self._problem
        readings: list[Reading] = [(_UP, self._labels, float(up))]
        if not up or not self._counts:
            return readings
        readings.append((_LEFT_OUT, self._labels, self._left_out))
        for state, count in self._counts.items():
            readings.append((_COUNT, labels_of(runtime=self._name, state=state), count))
        for one in self.containers.values():
            readings += [(_STATE, labels, float(state == one.state)) for state, labels in one.seen.items()]
            if one.health is not None:
                readings.append((_HEALTHY, one.labels, one.health))
            if one.restarts is not None:
                readings.append((_RESTARTS, one.labels, one.restarts))
        return readings

    def _listed(self, answer: Answer) -> None:
        if answer.status != 200:
            raise HttpError(f"it answers the list of containers with status {answer.status}")
        try:
            self._news = read_list(answer.body)
        except ValueError as error:
            raise HttpError(f"its list of containers cannot be read: {error}") from None

    def _update(self, now: float, wall: float, listed: list[Listed]) -> None:
        counts = dict.fromkeys(("running", "paused", "restarting", "exited"), 0)
        self._left_out = 0
        present: set[str] = set()
        for one in sorted(listed, key=lambda container: container.created):
            counts[one.state] = counts.get(one.state, 0) + 1
            if self._take(one, wall):
                present.add(one.name)
        for name, container in list(self.containers.items()):
            if name in present:
                container.left_at = None
                continue
            container.drop()
            container.enter("removed")
            container.health = None
            container.left_at = now if container.left_at is None else container.left_at
            if now - container.left_at >= FORGET_AFTER_S:
                del self.containers[name]
        self._counts = counts

    def _take(self, one: Listed, wall: float) -> bool:
        """Note a listed container and return whether it is among those that are reported."""
        known = self.containers.get(one.name)
        if known is None or (known.id != one.id and one.state not in _RESTING):
            if one.state in _RESTING or wall - one.created < YOUNG_S:
                return False
            if known is None and len(self.containers) >= MAX_CONTAINERS and not self._forget_one():
                self._left_out += 1
                return False
            if known is not None:
                known.drop()
            known = self.containers[one.name] = _Container(self._name, one)
            self._to_inspect.insert(0, known)
        elif known.id != one.id:
            return False
        if one.state != known.state:
            self._to_inspect.insert(0, known)
        known.enter(one.state)
        known.health = one.health if one.health is not None or one.state != "running" else known.health
        return True

    def _forget_one(self) -> bool:
        for name, container in self.containers.items():
            if container.left_at is not None:
                del self.containers[name]
                return True
        return False


class Containers:
    """Which containers there are, in which state and health, how often they were restarted, and what they use.

    Reported are at most 64 containers of an engine, once they are 30 seconds old: short-lived ones would each leave
    new series behind. One that was reported stays for an hour after it was removed. A container at rest is left out
    unless it was seen at work.

    The engine is asked every 10 seconds for names and states, and never waited for. What containers use is read from
    the kernel each second, which costs the engine nothing. Access to the socket of Docker, or of root's Podman, is as
    good as being root: by default the agent's user has none, and the collector is unavailable then.
    """

    metrics: ClassVar[tuple[Metric, ...]] = (
        _UP, _COUNT, _LEFT_OUT, _STATE, _HEALTHY, _RESTARTS, _CPU, _MEMORY, _LIMIT, _DISK, _NETWORK,
    )  # fmt: skip

    def __init__(
        self,
        paths: HostPaths,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        connect: Callable[[str], UnixStream] = UnixStream,
    ) -> None:
        self._engines = [_Engine(name, partial(connect, socket)) for name, socket in _sockets(paths.run)]
        self._clock = clock
        self._wall = wall
        self._ask_at = 0.0
        self._proc = os.fsencode(paths.proc)
        try:
            self._tree: CgroupTree | None = CgroupTree(paths.sys)
        except CollectorUnavailableError:
            self._tree = None

    def collect(self) -> list[Reading]:
        """Return the states as last asked for, and what the containers use now; no containers at the first tick.

        An engine that does not answer is `container.runtime.up` at 0, and its containers are left out.
        """
        now = self._clock()
        if now >= self._ask_at:
            self._ask_at = now + ASK_EVERY_S
            for engine in self._engines:
                engine.ask()
        readings: list[Reading] = []
        for engine in self._engines:
            if engine.poll(now, self._wall()):
                self._settle(engine)
            readings += engine.readings()
            if not engine.problem:
                for container in engine.containers.values():
                    readings += container.use(self._proc)
        return readings

    def _settle(self, engine: _Engine) -> None:
        if self._tree is None:
            return
        running = [one for one in engine.containers.values() if one.left_at is None and one.state not in _RESTING]
        missing = [one for one in running if one.cgroup is None and one.searches < _FIND_TIMES]
        paths = _cgroups_of({one.id for one in missing}, self._tree) if missing else {}
        for one in missing:
            one.searches += 1
        for one in running:
            one.settle(self._tree, paths)


def _sockets(run: Path) -> list[tuple[str, str]]:
    """Return the names and sockets of the engines that we may ask, each once.

    Raises:
        CollectorUnavailableError: there is none.
    """
    places = [("docker", run / "docker.sock"), ("podman", run / "podman/podman.sock")]
    for user in sorted((run / "user").glob("*"))[:100]:
        places += [(f"docker:{user.name}", user / "docker.sock"), (f"podman:{user.name}", user / "podman/podman.sock")]
    found: dict[str, str] = {}
    refused = ""
    for name, place in places:
        try:
            real = os.fspath(place.resolve(strict=True))
        except OSError:
            continue
        if os.access(real, os.R_OK | os.W_OK):
            found.setdefault(real, name)
        else:
            refused = f"{place} cannot be read: Permission denied"
    if not found:
        raise CollectorUnavailableError(refused or f"{places[0][1]} cannot be read: No such file or directory")
    return [(name, real) for real, name in found.items()][:MAX_ENGINES]


def _cgroups_of(ids: set[str], tree: CgroupTree) -> dict[str, bytes]:
    """Return the cgroups of containers by id.

    Engines name them `<id>`, `docker-<id>.scope` or `libpod-<id>.scope`; that of a container's monitor has `conmon` in
    its name.
    """
    found: dict[str, bytes] = {}
    for path in tree.walk():
        name = path.rpartition(b"/")[2].removesuffix(b".scope")
        if len(name) >= 64 and b"conmon" not in name:
            found.setdefault(name[-64:].decode("ascii", "replace"), path)
            if ids <= found.keys():
                break
    return found


def _inspected(container: _Container, answer: Answer) -> None:
    if answer.status != 200:
        return  # removed meanwhile: the next list tells
    try:
        inspected = read_inspection(answer.body)
    except ValueError as error:
        raise HttpError(f"its inspection cannot be read: {error}") from None
    container.restarts = inspected.restarts
    container.own_network = inspected.own_network
    if inspected.health is not None and container.state == "running":
        container.health = inspected.health


def _traffic(proc: bytes, pid: int) -> tuple[int, int] | None:
    """Return the bytes that a process's network has received and sent, or None where it has gone.

    The file is not kept open: that would keep the network alive after the container.
    """
    try:
        content = read(b"%s/%d/net/dev" % (proc, pid))
    except OSError:
        return None
    received = sent = 0
    for line in content.split(b"\n"):
        name, colon, rest = line.partition(b":")
        columns = rest.split(None, 9)
        if colon and len(columns) >= 9 and name.strip() != b"lo":
            received += int(columns[0])
            sent += int(columns[8])
    return received, sent
