"""Temperatures and fans, from `/sys/class/hwmon` (Documentation/hwmon/sysfs-interface.rst of the kernel)."""

import os
from pathlib import Path
from typing import ClassVar, NamedTuple

from opsentrix_protocol.catalogue import Kind, Labels, Metric, labels_of

from opsentrix_agent.collector import HostPaths, Reading
from opsentrix_agent.collectors.pace import Pace
from opsentrix_agent.collectors.source import printable, read
from opsentrix_agent.errors import CollectorUnavailableError

_TEMPERATURE = Metric("hw.temperature", "Cel", Kind.GAUGE, "Temperature by chip and sensor. Read every 10 s")
_LIMIT = Metric(
    "hw.temperature.limit", "Cel", Kind.GAUGE, "Temperature at which the sensor's chip is in danger, as it says itself"
)
_FAN = Metric("hw.fan.speed", "rpm", Kind.GAUGE, "Revolutions a minute of a fan. Read every 10 s")
_LEFT_OUT = Metric("hw.sensor.left_out", "{sensor}", Kind.GAUGE, "Sensors that are not reported because there are many")

_READ_EVERY_TICKS = 10
_FIND_EVERY_READS = 30
_MAX_SENSORS = 64
_MILLI = 1000
_COLDEST_C = -273.15
_HOTTEST_C = 1000.0
"""What is not between these is a sensor that is not connected."""


class _Sensor(NamedTuple):
    metric: Metric
    labels: Labels
    path: str
    limit: float | None
    divisor: int


class Sensors:
    """How hot the machine is, and whether its fans turn.

    Where there are no hardware monitoring chips, the kernel's thermal zones serve instead. At most 64 sensors are
    reported. New ones are looked for every 5 minutes.
    """

    metrics: ClassVar[tuple[Metric, ...]] = (_TEMPERATURE, _LIMIT, _FAN, _LEFT_OUT)

    def __init__(self, paths: HostPaths) -> None:
        self._class = paths.sys / "class"
        self._find_pace = Pace(_FIND_EVERY_READS)
        self._pace = Pace(_READ_EVERY_TICKS)
        self._sensors: list[_Sensor] = []
        self._left_out = 0
        self._readings: list[Reading] = []
        if not _find(self._class):
            raise CollectorUnavailableError(
                f"{self._class / 'hwmon'} cannot be read: No such file or directory, or no sensors"
            )

    def collect(self) -> list[Reading]:
        """Return what the sensors said last; one that cannot be read, or is not connected, is left out."""
        if self._pace.due():
            if self._find_pace.due():
                found = _find(self._class)
                self._sensors = found[:_MAX_SENSORS]
                self._left_out = len(found) - len(self._sensors)
            self._readings = [(_LEFT_OUT, (), self._left_out)]
            for sensor in self._sensors:
                self._read(sensor)
        return self._readings

    def _read(self, sensor: _Sensor) -> None:
        value = _number(sensor.path, sensor.divisor)
        if value is None or (sensor.metric is _TEMPERATURE and not _COLDEST_C < value < _HOTTEST_C):
            return
        self._readings.append((sensor.metric, sensor.labels, value))
        if sensor.limit is not None:
            self._readings.append((_LIMIT, sensor.labels, sensor.limit))


def _find(sys_class: Path) -> list[_Sensor]:
    """Return the sensors of all chips, no two with the same labels."""
    found: dict[tuple[Metric, Labels], _Sensor] = {}
    for chip in _entries(sys_class / "hwmon"):
        for sensor in _of_chip(chip):
            found.setdefault((sensor.metric, sensor.labels), sensor)
    if not found:
        for zone in _entries(sys_class / "thermal"):
            if zone.name.startswith("thermal_zone"):
                labels = labels_of(chip=zone.name, sensor=_text(zone / "type") or zone.name)
                found[_TEMPERATURE, labels] = _Sensor(_TEMPERATURE, labels, os.fspath(zone / "temp"), None, _MILLI)
    return list(found.values())


def _of_chip(chip: Path) -> list[_Sensor]:
    sensors: list[_Sensor] = []
    name = _text(chip / "name") or chip.name
    # Of two chips with one name, such as two NVMe disks, the device tells which is which.
    device = chip / "device"
    if device.exists():
        name = f"{name}-{printable(os.fsencode(device.resolve().name), 64)}"
    for entry in _entries(chip):
        kind = "temp" if entry.name.startswith("temp") else "fan"
        if not entry.name.startswith(kind) or not entry.name.endswith("_input"):
            continue
        stem = entry.name.removesuffix("_input")
        labels = labels_of(chip=name, sensor=_text(chip / f"{stem}_label") or stem)
        path = os.fspath(entry)
        if kind == "fan":
            sensors.append(_Sensor(_FAN, labels, path, None, 1))
        else:
            limit = _number(os.fspath(chip / f"{stem}_crit"), _MILLI)
            sane = limit if limit is not None and 0 < limit < _HOTTEST_C else None
            sensors.append(_Sensor(_TEMPERATURE, labels, path, sane, _MILLI))
    return sensors


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        # None such, or gone while its disk was unplugged.
        return []


def _text(path: Path) -> str:
    try:
        return printable(read(os.fspath(path)).strip(), 64)
    except OSError:
        return ""


def _number(path: str, divisor: int) -> float | None:
    try:
        return int(read(path)) / divisor
    except (OSError, ValueError):
        # Drivers answer ENODATA, EIO or nothing for a sensor that is asleep or not connected.
        return None
