"""Health of disks as they tell it themselves (SMART), from `smartctl -j` of smartmontools."""

import json
import time
from collections.abc import Callable
from typing import Any, ClassVar, TypeGuard

from opsentrix_protocol.catalogue import Kind, Labels, Metric, labels_of

from opsentrix_agent.collector import HostPaths, Reading
from opsentrix_agent.collectors.child import Child, ChildError, Finished, find
from opsentrix_agent.collectors.source import printable, read, require
from opsentrix_agent.errors import CollectorUnavailableError

_HEALTHY = Metric(
    "hw.physical_disk.healthy", "1", Kind.GAUGE, "Whether the disk thinks itself healthy: 1 or 0. Asked every 30 min"
)
_TEMPERATURE = Metric("hw.physical_disk.temperature", "Cel", Kind.GAUGE, "Temperature of the disk. Asked every 30 min")
_POWER_ON = Metric("hw.physical_disk.power_on_time", "s", Kind.GAUGE, "Time that the disk has been on in its life")
_ENDURANCE = Metric(
    "hw.physical_disk.endurance_utilization",
    "1",
    Kind.GAUGE,
    "Share of the writes that the maker expects it to bear that are done; may exceed 1",
)
_SPARE = Metric("hw.physical_disk.spare", "1", Kind.GAUGE, "Share of the spare blocks that is left")
_ERRORS = Metric("hw.physical_disk.errors", "{error}", Kind.GAUGE, "Errors in the disk's life, by type")
_LEFT_OUT = Metric(
    "hw.physical_disk.left_out", "{disk}", Kind.GAUGE, "Disks that sleep, or could not be asked, or are too many"
)

ASK_EVERY_S = 1800.0
DEADLINE_S = 30.0
MAX_DISKS = 32
_MAX_OUTPUT_BYTES = 512 * 1024
_CAPABILITIES = 1 << 17 | 1 << 21
"""CAP_SYS_RAWIO and CAP_SYS_ADMIN (capabilities(7)): SATA and SAS disks need the first, NVMe the second."""
_NOT_ASKED = 0b111
"""Bits of smartctl's exit status (smartctl(8)): wrong arguments, device not opened or asleep, command failed."""
_ATTRIBUTES = {5: "reallocated", 187: "uncorrectable", 197: "pending", 198: "offline_uncorrectable", 199: "crc"}


class Smart:
    """Health, temperature, age, wear and errors of disks, at most 32, every 30 minutes.

    Disks that sleep are not woken. It needs the right to talk to disks directly, which root has and the agent's user
    usually has not: the collector is unavailable then.
    """

    metrics: ClassVar[tuple[Metric, ...]] = (
        _HEALTHY, _TEMPERATURE, _POWER_ON, _ENDURANCE, _SPARE, _ERRORS, _LEFT_OUT,
    )  # fmt: skip

    def __init__(
        self, paths: HostPaths, *, clock: Callable[[], float] = time.monotonic, search: str | None = None
    ) -> None:
        if not _effective_capabilities(require(paths.proc / "self/status")) & _CAPABILITIES:
            raise CollectorUnavailableError("asking disks needs root, or CAP_SYS_RAWIO and CAP_SYS_ADMIN")
        program = find("smartctl", search)
        if program is None:
            raise CollectorUnavailableError("smartctl is not in PATH")
        self._program = program
        self._clock = clock
        self._scan_at = 0.0
        self._child = Child(DEADLINE_S, _MAX_OUTPUT_BYTES)
        self._to_ask: list[tuple[str, str]] = []
        self._asked = ""
        self._found: list[Reading] = []
        self._left_out = 0
        self._readings: list[Reading] = []
        self._problem = ""

    def collect(self) -> list[Reading]:
        """Return what the disks said when they were last asked; nothing at first.

        Raises:
            ChildError: the disks could not be listed the last time.
        """
        now = self._clock()
        finished = self._child.poll(now)
        if finished is not None:
            self._take(finished)
        if not self._child.busy:
            self._start_next(now)
        if self._problem:
            raise ChildError(self._problem)
        return self._readings

    def _start_next(self, now: float) -> None:
        if self._to_ask:
            device, kind = self._to_ask.pop(0)
            self._asked = device
            argv = [self._program, "-j", "-a", "-n", "standby", "-d", kind, device]
        elif now >= self._scan_at:
            self._scan_at = now + ASK_EVERY_S
            self._asked = ""
            argv = [self._program, "-j", "--scan-open"]
        else:
            return
        try:
            self._child.start(argv, now)
        except ChildError as error:
            self._problem, self._to_ask = str(error), []

    def _take(self, finished: Finished) -> None:
        try:
            said = {} if finished.problem else json.loads(finished.output)
        except (ValueError, RecursionError):
            said = {}
        said = said if isinstance(said, dict) else {}
        if not self._asked:
            self._list(finished, said)
        elif not said or finished.exit_code < 0 or finished.exit_code & _NOT_ASKED:
            self._left_out += 1
        else:
            self._found += _disk(self._asked, said)
        if not self._to_ask:
            self._readings = [*self._found, (_LEFT_OUT, (), self._left_out)]

    def _list(self, finished: Finished, said: dict[str, Any]) -> None:
        devices = said.get("devices", [])
        if not said or not isinstance(devices, list):
            self._problem = f"smartctl cannot list the disks: {finished.problem or f'exit code {finished.exit_code}'}"
            return
        self._problem = ""
        wanted = [(str(one["name"]), str(one["type"])) for one in devices if isinstance(one, dict) and _usable(one)]
        self._to_ask = wanted[:MAX_DISKS]
        self._left_out = len(devices) - len(self._to_ask)
        self._found = []


def _effective_capabilities(status: str) -> int:
    mask = read(status).partition(b"\nCapEff:")[2].partition(b"\n")[0].strip()
    return int(mask, 16) if mask else 0


def _usable(device: dict[str, Any]) -> bool:
    """Return whether a device of the list can be asked: it was opened, and its name cannot be taken for an option."""
    name, kind = device.get("name"), device.get("type")
    return (
        isinstance(name, str) and name.startswith("/dev/") and isinstance(kind, str)
        and kind[:1].isalpha() and "open_error" not in device
    )  # fmt: skip


def _disk(device: str, said: dict[str, Any]) -> list[Reading]:
    name = printable(device.removeprefix("/dev/").encode("utf-8", "replace"), 64)
    labels = labels_of(device=name)
    model = said.get("model_name") or said.get("scsi_model_name")
    named = labels_of(device=name, model=printable(str(model or "-").encode("utf-8", "replace"), 64))
    nvme = _part(said, "nvme_smart_health_information_log")
    readings: list[Reading] = []
    passed = _part(said, "smart_status").get("passed")
    if isinstance(passed, bool):
        readings.append((_HEALTHY, named, float(passed)))
    numbers = (
        (_TEMPERATURE, _part(said, "temperature").get("current"), 1.0),
        (_POWER_ON, _part(said, "power_on_time").get("hours"), 3600.0),
        (_ENDURANCE, nvme.get("percentage_used"), 0.01),
        (_SPARE, nvme.get("available_spare"), 0.01),
    )
    readings += [(metric, labels, value * factor) for metric, value, factor in numbers if _is_count(value)]
    return readings + _errors(name, said, nvme)


def _errors(name: str, said: dict[str, Any], nvme: dict[str, Any]) -> list[Reading]:
    counts: dict[str, Any] = {"media": nvme.get("media_errors"), "grown_defects": said.get("scsi_grown_defect_list")}
    table = _part(said, "ata_smart_attributes").get("table")
    for row in table if isinstance(table, list) else ():
        if isinstance(row, dict) and isinstance(row.get("id"), int) and row["id"] in _ATTRIBUTES:
            counts[_ATTRIBUTES[row["id"]]] = _part(row, "raw").get("value")
    return [(_ERRORS, _typed(name, kind), count) for kind, count in counts.items() if _is_count(count)]


def _typed(name: str, kind: str) -> Labels:
    return labels_of(device=name, type=kind)


def _part(whole: dict[str, Any], key: str) -> dict[str, Any]:
    part = whole.get(key)
    return part if isinstance(part, dict) else {}


def _is_count(value: object) -> TypeGuard[float]:
    """Return whether a value is a number as disks tell them, not a truth and nothing absurd."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1 << 53
