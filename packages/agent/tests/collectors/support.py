"""Directory trees that stand for machines, and readings made comparable."""

import importlib
import math
import os
import shutil
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import cast

from opsentrix_agent.collector import Collector, HostPaths, Reading
from opsentrix_agent.collectors import COLLECTORS
from opsentrix_protocol.catalogue import Labels
from opsentrix_protocol.layouts import check_labels, check_metric

DATA = Path(__file__).parent / "data"


def paths_of(root: Path) -> HostPaths:
    """Return the paths of a machine whose files lie below a folder."""
    return HostPaths(proc=root / "proc", sys=root / "sys", etc=root / "etc", run=root / "run", dev=root / "dev")


def host(case: str) -> HostPaths:
    """Return a machine of the test data, not to be changed."""
    return paths_of(DATA / case)


def copy_of(case: str, target: Path) -> HostPaths:
    """Return a machine of the test data that a test may change."""
    shutil.copytree(DATA / case, target, dirs_exist_ok=True)
    return paths_of(target)


def tree(target: Path, files: dict[str, bytes]) -> HostPaths:
    """Return a machine that has these files only."""
    for name, content in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return paths_of(target)


def load(name: str) -> type[Collector]:
    """Return the class of a default collector."""
    module, _, attribute = COLLECTORS[name].partition(":")
    return cast("type[Collector]", getattr(importlib.import_module(module), attribute))


def key(metric: str, labels: Labels) -> str:
    """Return a series as people write it: `name{key=value,...}`."""
    return metric + ("{" + ",".join(f"{one}={value}" for one, value in labels) + "}" if labels else "")


PLL, UNSYNCHRONIZED, NANOSECONDS = 0x0001, 0x0040, 0x2000


def timex(*, offset: int = 0, maximum_us: int = 0, estimated_us: int = 0, status: int = 0) -> bytes:
    """Return a struct timex as adjtimex(2) fills it on a machine of 64 bits."""
    return struct.pack("=I4xqqqqi", 0, offset, 0, maximum_us, estimated_us, status).ljust(208, b"\0")


SIGNED = ("system.clock.offset", "hw.temperature", "hw.temperature.limit")


def values(readings: Iterable[Reading]) -> dict[str, float]:
    """Return the readings by series, after checking what holds for every reading: the hub takes it, and it is sane."""
    result: dict[str, float] = {}
    for metric, labels, value in readings:
        check_metric("metric", metric.name, metric.unit)
        check_labels("series", labels)
        assert math.isfinite(value), (metric.name, labels, value)
        assert value >= 0 or metric.name in SIGNED, (metric.name, labels, value)
        name = key(metric.name, labels)
        assert name not in result, f"{name} twice"
        result[name] = value
    return result


def reported(readings: Iterable[Reading]) -> dict[str, float]:
    """Return the readings by series as `values` does, but for those that tell how much was left out."""
    return {name: value for name, value in values(readings).items() if not name.endswith(".left_out")}


class FakeStatvfs:
    """A statvfs that knows some points: 4 KiB blocks, those free, those available, inodes, those free."""

    def __init__(self, sizes: dict[bytes, tuple[int, int, int, int, int]]) -> None:
        self.sizes = sizes
        self.failures: dict[bytes, OSError] = {}
        self.asked: list[bytes] = []

    def __call__(self, point: bytes) -> os.statvfs_result:
        self.asked.append(point)
        if point in self.failures:
            raise self.failures[point]
        if point not in self.sizes:
            raise FileNotFoundError(point)
        blocks, free, available, files, files_free = self.sizes[point]
        return os.statvfs_result((4096, 4096, blocks, free, available, files, files_free, files_free, 0, 255))
