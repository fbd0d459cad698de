"""CPU time by state, and the counters of the scheduler, from `/proc/stat` (proc_stat(5))."""

from typing import ClassVar

from opsentrix_protocol.catalogue import Kind, Labels, Metric, labels_of

from opsentrix_agent.collector import HostPaths, Reading
from opsentrix_agent.collectors.source import printable, read, require

# The first eight columns. The two that follow, guest and guest_nice, are already counted in user and nice.
_STATES = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")

_UTILIZATION = Metric(
    "system.cpu.utilization",
    "1",
    Kind.GAUGE,
    "Share of CPU time since the tick before, by state; all cores together, and each core. The states sum to 1",
)
_LOGICAL_COUNT = Metric("system.cpu.logical.count", "{cpu}", Kind.GAUGE, "Logical CPUs that are online")
_CONTEXT_SWITCHES = Metric(
    "system.cpu.context_switches", "{switch}/s", Kind.RATE, "Context switches, all cores together"
)
_INTERRUPTS = Metric("system.cpu.interrupts", "{interrupt}/s", Kind.RATE, "Interrupts serviced, all cores together")
_CREATED = Metric("system.processes.created", "{process}/s", Kind.RATE, "Processes and threads created")
_SOFTIRQS = Metric("system.cpu.softirqs", "{interrupt}/s", Kind.RATE, "Soft interrupts serviced, all cores together")
_RUNNING = Metric("system.processes.running", "{thread}", Kind.GAUGE, "Threads that run or wait for a CPU")
_BLOCKED = Metric("system.processes.blocked", "{thread}", Kind.GAUGE, "Threads that wait for a disk")

_FIRST_NUMBERS = {
    b"ctxt": _CONTEXT_SWITCHES,
    b"intr": _INTERRUPTS,
    b"softirq": _SOFTIRQS,
    b"processes": _CREATED,
    b"procs_running": _RUNNING,
    b"procs_blocked": _BLOCKED,
}
"""What the first number of these lines is; the others of `intr` and `softirq` are its parts."""


class Cpu:
    """Where CPU time goes, in total and on each core.

    `system.processes.*` is here because it comes from `/proc/stat` too, which is costly for the kernel to write on a
    machine with many cores: one read a tick is enough.
    """

    metrics: ClassVar[tuple[Metric, ...]] = (
        _UTILIZATION,
        _LOGICAL_COUNT,
        _CONTEXT_SWITCHES,
        _INTERRUPTS,
        _SOFTIRQS,
        _CREATED,
        _RUNNING,
        _BLOCKED,
    )

    def __init__(self, paths: HostPaths) -> None:
        self._path = require(paths.proc / "stat")
        self._times: dict[bytes, list[int]] = {}
        self._labels: dict[bytes, tuple[Labels, ...]] = {}

    def collect(self) -> list[Reading]:
        """Return utilization against the tick before (so none on the first) and the counters.

        A core that just came online has no utilization yet.

        Raises:
            OSError: `/proc/stat` cannot be read.
            ValueError: it holds no CPU times, or something else than numbers.
        """
        readings: list[Reading] = []
        times: dict[bytes, list[int]] = {}
        for line in read(self._path).split(b"\n"):
            key, _, rest = line.partition(b" ")
            if key.startswith(b"cpu"):
                columns = rest.split(None, 8)
                if len(columns) >= 8:
                    times[key] = list(map(int, columns[:8]))
            elif metric := _FIRST_NUMBERS.get(key):
                readings.append((metric, (), int(rest.split(None, 1)[0])))
        if b"cpu" not in times:
            raise ValueError(f"{self._path} holds no CPU times")
        readings.append((_LOGICAL_COUNT, (), len(times) - 1))
        for key, now in times.items():
            before = self._times.get(key)
            if before is not None:
                self._add_utilization(readings, key, before, now)
        self._times = times
        return readings

    def _add_utilization(self, readings: list[Reading], key: bytes, before: list[int], now: list[int]) -> None:
        # idle and iowait may go backwards a little (proc_stat(5)), steal after a migration of the virtual machine.
        spent = [new - old if new > old else 0 for new, old in zip(now, before, strict=True)]
        total = sum(spent)
        if total:
            labels = self._labels.get(key) or self._make_labels(key)
            readings += [(_UTILIZATION, one, part / total) for one, part in zip(labels, spent, strict=True)]

    def _make_labels(self, key: bytes) -> tuple[Labels, ...]:
        cpu = {} if key == b"cpu" else {"cpu": printable(key[3:])}
        labels = tuple(labels_of(state=state, **cpu) for state in _STATES)
        self._labels[key] = labels
        return labels
