"""The state of network links, from `/sys/class/net` (Documentation/ABI/testing/sysfs-class-net of the kernel)."""

import os
from pathlib import Path

from opsentrix_agent.collectors.pace import Pace
from opsentrix_agent.collectors.source import read

_LOOK_EVERY_TICKS = 30
_BITS_PER_BYTE = 8
_MEGA = 1_000_000


class Link:
    """One interface with a plug, or a bond of such.

    What it says of itself takes the kernel's network lock, and some drivers ask their hardware. So this is looked at
    every 30 ticks, and at once when the count of carrier changes, which costs next to nothing, has moved.

    Attributes:
        changes: how often the carrier came or went, or None where the kernel does not count that (before 3.15).
        up: whether there is a carrier, or None where the interface is switched off.
        speed: bytes a second, or None where there is no carrier or the speed is not known.
        full_duplex: or None where it is not known.
    """

    __slots__ = ("_folder", "_pace", "changes", "full_duplex", "speed", "up")

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._pace = Pace(_LOOK_EVERY_TICKS)
        self.changes: int | None = None
        self.up: bool | None = None
        self.speed: float | None = None
        self.full_duplex: bool | None = None

    def look(self) -> None:
        """Take in what is new. To be called once a tick."""
        changes = self._number("carrier_changes")
        if self._pace.due() or changes != self.changes:
            carrier = self._number("carrier")
            megabits = self._number("speed")
            duplex = self._text("duplex")
            self.up = None if carrier is None else carrier > 0
            # -1 (in some kernels as 32 unsigned bits) where it is not known, and some drivers say 0.
            known = self.up and megabits is not None and 0 < megabits < 0xFFFFFFFF
            self.speed = megabits * _MEGA / _BITS_PER_BYTE if known and megabits is not None else None
            self.full_duplex = duplex == b"full" if self.up and duplex in (b"full", b"half") else None
        self.changes = changes

    def _text(self, name: str) -> bytes:
        try:
            return read(f"{self._folder}/{name}").strip()
        except OSError:
            # Reading these of an interface that is switched off, gone, or has no such property is an error.
            return b""

    def _number(self, name: str) -> int | None:
        text = self._text(name)
        return int(text) if text.lstrip(b"-").isdigit() else None


def link_of(class_net: Path, name: bytes) -> Link | None:
    """Return the link of an interface, or None where it is virtual and has no plug."""
    folder = class_net / os.fsdecode(name)
    if b"/" in name or not any((folder / part).exists() for part in ("device", "bonding")):
        return None
    return Link(os.fspath(folder))
