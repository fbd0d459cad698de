"""What holds for all collectors: what they declare, what they emit, and when they are unavailable."""

from pathlib import Path

import pytest
from opsentrix_agent.collector import Reading
from opsentrix_agent.collectors import COLLECTORS
from opsentrix_agent.errors import CollectorUnavailableError
from opsentrix_protocol.catalogue import Kind, Metric

from .machine import make
from .support import copy_of, load, paths_of, values

CASES = ("vm-2core", "rhel8", "cloud-64core", "storage-host", "container-host", "inside-container", "odd")
NAMES = tuple(COLLECTORS)
WITHOUT_FILES = ("clock",)
PREFIXES = ("system.", "systemd.", "container.", "cgroup.", "hw.", "zfs.")
CAPACITIES = ("hw.network.bandwidth.limit",)
"""Gauges that have the unit of a rate all the same."""


def two_ticks(name: str, tmp_path: Path, case: str = "vm-2core") -> list[Reading]:
    collector = make(name, copy_of(case, tmp_path))
    collector.collect()
    if case == "vm-2core":
        copy_of("vm-2core-later", tmp_path)
    return list(collector.collect())


@pytest.mark.parametrize("name", NAMES)
def test_on_a_full_machine_exactly_what_is_declared_is_emitted(name: str, tmp_path: Path) -> None:
    readings = two_ticks(name, tmp_path)

    assert {metric for metric, _, _ in readings} == set(load(name).metrics)
    values(readings)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", NAMES)
def test_on_any_machine_nothing_else_is_emitted(name: str, case: str, tmp_path: Path) -> None:
    try:
        readings = two_ticks(name, tmp_path, case)
    except CollectorUnavailableError:
        return
    assert {metric for metric, _, _ in readings} <= set(load(name).metrics)
    values(readings)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in WITHOUT_FILES])
def test_without_its_source_a_collector_is_unavailable(name: str, tmp_path: Path) -> None:
    with pytest.raises(CollectorUnavailableError, match=r"cannot be read: No such file"):
        make(name, paths_of(tmp_path))


def test_each_metric_is_declared_once_and_well() -> None:
    metrics: list[Metric] = [metric for name in NAMES for metric in load(name).metrics]

    assert len({metric.name for metric in metrics}) == len(metrics)
    for metric in metrics:
        assert metric.name.startswith(PREFIXES)
        assert metric.help[0].isupper()
        assert not metric.help.endswith(".")
        if metric.kind is Kind.RATE:
            assert metric.unit in ("1", "{cpu}") or metric.unit.endswith("/s")
        else:
            assert not metric.unit.endswith("/s") or metric.name in CAPACITIES
