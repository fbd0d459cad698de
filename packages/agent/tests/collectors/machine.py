"""Collectors whose source is no file, made with something that answers in its place."""

from collections.abc import Callable, Iterable
from typing import ClassVar

from opsentrix_agent.collector import Collector, HostPaths, Reading
from opsentrix_agent.collectors.clock import Clock
from opsentrix_agent.collectors.containers import Containers
from opsentrix_agent.collectors.filesystem import Filesystem
from opsentrix_agent.collectors.nvidia import Nvidia
from opsentrix_agent.collectors.smart import Smart
from opsentrix_agent.collectors.sockets import Sockets
from opsentrix_agent.collectors.systemd import Systemd
from opsentrix_protocol.catalogue import Metric

from .fakebus import FakeBus
from .fakeengine import FakeEngine
from .programs import program, settle
from .support import PLL, FakeStatvfs, load, timex

CONTAINER_ID = "4c01db0b339c" + 52 * "0"


class Answered:
    """A collector of which each tick is some ticks, its questions answered in between."""

    metrics: ClassVar[tuple[Metric, ...]] = ()

    def __init__(self, collector: Collector, answer: Callable[[], None]) -> None:
        self._collector = collector
        self._answer = answer

    def collect(self) -> Iterable[Reading]:
        """Return what the collector says once it has its answers."""
        for _ in range(4):
            readings = list(self._collector.collect())
            self._answer()
        return readings


def make(name: str, paths: HostPaths) -> Collector:
    """Return a default collector on a machine of the test data."""
    special = _SPECIAL.get(name)
    if special is not None:
        return special(paths)
    return load(name)(paths)  # type: ignore[call-arg]  # a protocol does not state the constructor


def _filesystem(paths: HostPaths) -> Collector:
    return Filesystem(paths, statvfs=FakeStatvfs({b"/": (1000, 400, 300, 100, 25)}))


def _sockets(paths: HostPaths) -> Collector:
    return Sockets(paths, count_states=lambda: ([0, 9, 1, 2, 3, 4, 0, 5, 6, 7, 8, 0, 0, 0, 0, 0], 1))


def _clock(paths: HostPaths) -> Collector:
    return Clock(paths, adjtimex=lambda: timex(offset=1500, status=PLL))


def _systemd(paths: HostPaths) -> Collector:
    if not (paths.run / "systemd/system").exists():
        return Systemd(paths)
    bus = FakeBus(paths.run)
    bus.units = [("nginx.service", "active", "running"), ("backup.service", "failed", "failed")]
    bus.restarts = {"nginx.service": 2}
    return Answered(Systemd(paths), bus.answer)


def _containers(paths: HostPaths) -> Collector:
    if not (paths.run / "systemd/system").exists():
        return Containers(paths)
    engine = FakeEngine(paths.run / "docker.sock")
    engine.containers = [
        {
            "Id": CONTAINER_ID,
            "Names": ["/web"],
            "Image": "nginx:1.27",
            "State": "running",
            "Status": "Up 3 hours (healthy)",
            "Created": 1763600000,
            "HostConfig": {"NetworkMode": "default"},
        }
    ]
    engine.inspections = {CONTAINER_ID: {"RestartCount": 1, "HostConfig": {"NetworkMode": "default"}}}
    ticks = iter(range(0, 1000, 5))
    return Answered(Containers(paths, clock=lambda: float(next(ticks))), engine.answer)


def _smart(paths: HostPaths) -> Collector:
    bin_folder = paths.run.with_name("bin")
    listed = '{"devices": [{"name": "/dev/vda", "type": "sat"}]}'
    disk = (
        '{"model_name": "Disk", "smart_status": {"passed": true}, "temperature": {"current": 30},'
        ' "power_on_time": {"hours": 5}, "scsi_grown_defect_list": 0,'
        ' "nvme_smart_health_information_log": {"percentage_used": 1, "available_spare": 99}}'
    )
    program(bin_folder, "smartctl", f"[ $# = 2 ] && echo '{listed}' || echo '{disk}'")
    smart = Smart(paths, search=str(bin_folder))
    return Answered(smart, lambda: settle(smart._child))


def _nvidia(paths: HostPaths) -> Collector:
    program(paths.run.with_name("bin"), "nvidia-smi", "echo 0, NVIDIA L4, 50, 1000, 24000, 60, 50.5, 30, 0")
    nvidia = Nvidia(paths, search=str(paths.run.with_name("bin")))
    return Answered(nvidia, lambda: settle(nvidia._child))


_SPECIAL: dict[str, Callable[[HostPaths], Collector]] = {
    "filesystem": _filesystem,
    "sockets": _sockets,
    "clock": _clock,
    "systemd": _systemd,
    "containers": _containers,
    "smart": _smart,
    "nvidia": _nvidia,
}
