"""The invented machines of the pictures: what they are called, what runs on them, and what they measure at any time.

Everything is made of names and the clock, so that the same moment looks the same in every run.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from opsentrix_protocol.catalogue import Kind, Metric, Series, labels_of
from opsentrix_protocol.processes import ProcessSample

GIB = 1024**3
_MEMORY = 32 * GIB
_DISK = 400 * GIB
_CORES = 4
_PERIODS_S = (13, 61, 290, 1100, 3700)
"""Of the waves that a machine's load is made of."""

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine.

    Attributes:
        load: share of its processors that is used on average, 0 to 1.
        full: share of its disk that is used.
        story: whether its pages are photographed, for which it has a longer past.
        gone: whether it has stopped reporting.
    """

    name: str
    environment: str
    tags: tuple[str, ...]
    processes: tuple[str, ...]
    load: float
    memory: float
    full: float
    story: bool = False
    gone: bool = False

    def seed(self, what: str) -> int:
        """Return a number that belongs to this machine and this use."""
        return int.from_bytes(hashlib.sha256(f"{self.name} {what}".encode()).digest()[:4])

    def wave(self, what: str, times: Values) -> Values:
        """Return a course of its own between 0 and 1 for times in Unix seconds, around 0.5."""
        seed = self.seed(what)
        # The slower a wave the higher it is, as it is with people who come and go.
        parts = [
            (1 + at) * np.sin(2 * np.pi * (times / period + (seed >> 5 * at) % 256 / 256))
            for at, period in enumerate(_PERIODS_S)
        ]
        grain = np.modf(np.sin(times * 12.9898 + seed % 997) * 43758.5453)[0]
        return np.asarray(np.clip(0.5 + sum(parts) / 30 + grain / 12, 0, 1), np.float64)


_ROLES: dict[str, tuple[tuple[str, ...], tuple[str, ...], float, float]] = {
    "web": (("web", "edge"), ("nginx", "gunicorn", "gunicorn", "node", "redis-server"), 0.34, 0.42),
    "api": (("api",), ("uvicorn", "uvicorn", "celery", "redis-server"), 0.41, 0.55),
    "db": (("db",), ("postgres", "postgres", "postgres", "pgbouncer"), 0.3, 0.7),
    "cache": (("cache",), ("valkey-server", "haproxy"), 0.18, 0.74),
    "queue": (("queue",), ("rabbitmq", "beam.smp"), 0.22, 0.4),
    "worker": (("batch",), ("celery", "celery", "ffmpeg"), 0.55, 0.5),
    "build": (("ci",), ("cargo", "rustc", "gitlab-runner", "dockerd"), 0.48, 0.45),
    "mail": (("mail",), ("rspamd", "dovecot", "master"), 0.12, 0.35),
}
"""By role: tags, processes, share of the processors and of the memory that are used."""
_GONE = ("mail-lab-04", "build-stag-03")
_USERS = {"postgres": "postgres", "nginx": "www-data", "valkey-server": "valkey"}
_EVERYWHERE = ("systemd", "opsentrix-agent", "sshd", "journald", "chronyd")


def fleet(size: int) -> list[Machine]:
    """Return so many machines; the first ones have a story to tell."""
    machines = [
        _machine("db-primary", "db", "production", load=0.46, full=0.93, story=True),
        _machine("web-03", "web", "production", load=0.92, story=True),
        _machine("api-02", "api", "production", load=0.88),
    ]
    roles = list(_ROLES)
    for number in range(size - len(machines)):
        role = roles[number % len(roles)]
        environment = ("production", "production", "staging", "lab")[number // len(roles) % 4]
        machines.append(_machine(f"{role}-{environment[:4]}-{number // len(roles) + 1:02}", role, environment))
    return machines


def _machine(
    name: str, role: str, environment: str, *, load: float | None = None, full: float | None = None, story: bool = False
) -> Machine:
    tags, processes, usual, memory = _ROLES[role]
    own = int.from_bytes(hashlib.sha256(name.encode()).digest()[4:8]) / 2**32
    return Machine(
        name, environment, tags, processes + _EVERYWHERE,
        usual * (0.4 + own) if load is None else load, memory * (0.75 + own / 2),
        0.25 + 0.5 * own if full is None else full, story, gone=name in _GONE,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measured:
    """One series of a machine, with its values."""

    series: Series
    values: Values


class Sheet:
    """What a machine measures at some times, filled in part by part."""

    def __init__(self, machine: Machine, times: Values) -> None:
        self.machine = machine
        self.times = times
        self.found: list[Measured] = []

    def gauge(self, metric: str, unit: str, values: Values, **labels: str) -> None:
        """Note the values of a gauge."""
        self.found.append(Measured(Series(Metric(metric, unit, Kind.GAUGE), labels_of(**labels)), values))

    def rate(self, metric: str, unit: str, values: Values, **labels: str) -> None:
        """Note the values of a rate."""
        self.found.append(Measured(Series(Metric(metric, unit, Kind.RATE), labels_of(**labels)), values))

    def constant(self, value: float) -> Values:
        """Return the same value for all times."""
        return np.full_like(self.times, value)

    def course(self, what: str, lowest: float, highest: float, lag_s: float = 0) -> Values:
        """Return a course between two values."""
        return lowest + (highest - lowest) * self.machine.wave(what, self.times - lag_s)


def measured(machine: Machine, times: Values) -> list[Measured]:
    """Return everything that a machine measures, at times in Unix seconds; the series are always the same."""
    sheet = Sheet(machine, times)
    for part in (_processors, _memory, _storage, _network, _processes):
        part(sheet)
    return sheet.found


def _processors(sheet: Sheet) -> None:
    load = sheet.machine.load
    cores = [np.clip(sheet.course(f"core {core}", load * 0.35, load * 1.65), 0.01, 0.99) for core in range(_CORES)]
    mean = np.asarray(np.mean(cores, axis=0), np.float64)
    for labels, busy in [({"cpu": str(core)}, busy) for core, busy in enumerate(cores)] + [({}, mean)]:
        for state, share in (("user", 0.74), ("system", 0.19), ("iowait", 0.05), ("softirq", 0.02)):
            sheet.gauge("system.cpu.utilization", "1", busy * share, state=state, **labels)
        sheet.gauge("system.cpu.utilization", "1", 1 - busy, state="idle", **labels)
    for minutes, lag_s in (("1m", 30), ("5m", 150), ("15m", 450)):
        values = sheet.course("load", _CORES * load * 0.6, _CORES * load * 1.4, lag_s)
        sheet.gauge(f"system.cpu.load_average.{minutes}", "{thread}", values)
    sheet.rate("system.cpu.context_switches", "{switch}/s", 9000 * mean + 700)
    stalled = np.maximum(0, mean - 0.55) / 3
    sheet.rate("system.linux.pressure.stall_time", "1", stalled, resource="cpu", stall="some")


def _memory(sheet: Sheet) -> None:
    share = sheet.machine.memory
    used = np.clip(sheet.course("memory", share * 0.9, share * 1.1), 0.02, 0.95)
    free = 1 - used
    for state, part in (("used", used), ("cached", free * 0.7), ("buffers", free * 0.05), ("free", free * 0.25)):
        sheet.gauge("system.memory.utilization", "1", part, state=state)
        sheet.gauge("system.memory.usage", "By", part * _MEMORY, state=state)
    sheet.gauge("system.linux.memory.available", "By", free * _MEMORY)


def _storage(sheet: Sheet) -> None:
    for device, mountpoint, kind, full in (
        ("/dev/nvme0n1p2", "/", "ext4", 0.31), ("/dev/nvme1n1", "/var/lib", "xfs", sheet.machine.full),
    ):  # fmt: skip
        where = {"device": device, "mountpoint": mountpoint, "type": kind}
        sheet.gauge("system.filesystem.utilization", "1", sheet.constant(full), **where)
        sheet.gauge("system.filesystem.usage", "By", sheet.constant(full * _DISK), state="used", **where)
        sheet.gauge("system.filesystem.usage", "By", sheet.constant((1 - full) * _DISK), state="free", **where)
    for direction, most in (("read", 4e7), ("write", 2.2e7)):
        busy = sheet.course(f"disk {direction}", 0, 1) ** 3
        where = {"device": "nvme1n1", "direction": direction}
        sheet.rate("system.disk.io", "By/s", most * busy, **where)
        sheet.rate("system.disk.operations", "{operation}/s", 900 * busy, **where)
    sheet.rate("system.disk.io_time", "1", 0.5 * sheet.course("disk read", 0, 1) ** 2, device="nvme1n1")


def _network(sheet: Sheet) -> None:
    for direction, most in (("receive", 6e6), ("transmit", 1.6e7)):
        values = sheet.course(f"net {direction}", 0, most * (0.2 + sheet.machine.load))
        sheet.rate("system.network.io", "By/s", values, device="eth0", direction=direction)
    for state, count in (("established", 320), ("time_wait", 90), ("listen", 14)):
        values = np.round(sheet.course(state, count * 0.6, count * 1.4))
        sheet.gauge("system.network.connection.count", "{connection}", values, protocol="tcp", state=state)


def _processes(sheet: Sheet) -> None:
    for status, count in (("running", 2), ("sleeping", 148), ("zombie", 0)):
        sheet.gauge(
            "system.process.count", "{process}", np.round(sheet.course(status, count * 0.8, count * 1.2)), status=status
        )
    sheet.gauge("system.uptime", "s", sheet.times % 3e6 + sheet.machine.seed("uptime") % 2_000_000)


def looked(machine: Machine, time: float) -> tuple[ProcessSample, ...]:
    """Return the processes that used most at a time in Unix seconds."""
    shares = [
        float(machine.wave(f"process {number}", np.array([time]))[0]) / (1 + number)
        for number in range(len(machine.processes))
    ]
    return tuple(
        ProcessSample(
            pid=420 + 37 * number,
            name=name,
            user="root" if name in _EVERYWHERE else _USERS.get(name, "app"),
            state="running" if share > 0.3 else "sleeping",
            threads=1 + machine.seed(name) % 24,
            cpu_cores=round(_CORES * machine.load * share, 2),
            memory_bytes=int(_MEMORY * machine.memory * share / 3),
            read_bytes=2e5 * share,
            write_bytes=9e5 * share,
        )
        for number, (name, share) in enumerate(zip(machine.processes, shares, strict=True))
    )
