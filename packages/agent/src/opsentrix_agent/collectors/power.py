"""Batteries and mains, from `/sys/class/power_supply` (Documentation/ABI/testing/sysfs-class-power of the kernel)."""

import os
from pathlib import Path
from typing import ClassVar

from opsentrix_protocol.catalogue import Kind, Metric, labels_of

from opsentrix_agent.collector import HostPaths, Reading
from opsentrix_agent.collectors.pace import Pace
from opsentrix_agent.collectors.source import printable, read
from opsentrix_agent.errors import CollectorUnavailableError

_CHARGE = Metric("hw.battery.charge", "1", Kind.GAUGE, "How full the battery is. Read every 10 s")
_TIME_LEFT = Metric(
    "hw.battery.time_left", "s", Kind.GAUGE, "Time until the battery that feeds the machine is empty; where it says so"
)
_DISCHARGING = Metric("hw.battery.discharging", "1", Kind.GAUGE, "Whether the machine draws on the battery: 1, or 0")
_ONLINE = Metric(
    "hw.power_supply.online", "1", Kind.GAUGE, "Whether the mains, or what else it is, supplies the machine: 1, or 0"
)
_LEFT_OUT = Metric(
    "hw.power_supply.left_out",
    "{supply}",
    Kind.GAUGE,
    "Batteries and supplies that are not reported because there are many",
)

_READ_EVERY_TICKS = 10
_MAX_SUPPLIES = 16
_PERCENT = 100
_SUPPLIES = frozenset((b"Mains", b"USB", b"Wireless"))
_BATTERIES = frozenset((b"Battery", b"UPS"))


class Power:
    """Whether the machine has power, and for how long.

    Batteries of mice and other devices are left out. At most 16 supplies are reported.
    """

    metrics: ClassVar[tuple[Metric, ...]] = (_CHARGE, _TIME_LEFT, _DISCHARGING, _ONLINE, _LEFT_OUT)

    def __init__(self, paths: HostPaths) -> None:
        self._folder = paths.sys / "class" / "power_supply"
        self._pace = Pace(_READ_EVERY_TICKS)
        self._readings: list[Reading] = []
        if not self._supplies():
            raise CollectorUnavailableError(f"{self._folder} cannot be read: No such file or directory, or it is empty")

    def collect(self) -> list[Reading]:
        """Return what batteries and supplies said last; what one does not tell is left out.

        Raises:
            OSError: the folder of supplies cannot be read any more.
        """
        if self._pace.due():
            supplies = self._supplies()
            self._readings = [(_LEFT_OUT, (), max(0, len(supplies) - _MAX_SUPPLIES))]
            for supply in supplies[:_MAX_SUPPLIES]:
                self._read(supply)
        return self._readings

    def _supplies(self) -> list[Path]:
        return sorted(self._folder.iterdir()) if self._folder.is_dir() else []

    def _read(self, supply: Path) -> None:
        kind = _text(supply / "type")
        labels = labels_of(device=printable(os.fsencode(supply.name)))
        if kind in _SUPPLIES:
            online = _number(supply / "online")
            if online is not None:
                self._readings.append((_ONLINE, labels, min(1, online)))
        elif kind in _BATTERIES and _text(supply / "scope") != b"Device" and _text(supply / "present") != b"0":
            status = _text(supply / "status")
            charge, left = _number(supply / "capacity"), _number(supply / "time_to_empty_now")
            if charge is not None:
                self._readings.append((_CHARGE, labels, min(charge, _PERCENT) / _PERCENT))
            if status:
                self._readings.append((_DISCHARGING, labels, float(status == b"Discharging")))
            if left is not None and status == b"Discharging":
                self._readings.append((_TIME_LEFT, labels, left))


def _text(path: Path) -> bytes:
    try:
        return read(os.fspath(path)).strip()
    except OSError:
        # A battery that is just taken out, or a driver that does not know.
        return b""


def _number(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text.isdigit() else None
