"""The default rules: silent on a machine that works, and heard on one that does not."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from opsentrix.alerting.defaults import default_rules
from opsentrix.alerting.engine import Engine
from opsentrix.model.alerts import State
from opsentrix.model.frames import Batch, Layout, StoredFrame
from opsentrix.model.rule_format import write
from opsentrix.model.rule_text import parse
from opsentrix.model.selectors import Member
from opsentrix_protocol.catalogue import Kind, Metric, Series, labels_of
from opsentrix_protocol.layouts import layout_id

from benchmarks import fleet_recording

from .script import Case, Runner

TICKS = 5


def gauge(name: str, **labels: str) -> Series:
    return Series(Metric(name, "1", Kind.GAUGE), labels_of(**labels))


def recorded() -> tuple[tuple[Series, ...], NDArray[np.float64]]:
    """Return the recording under the names of the agent's own metrics: float64[series, ticks]."""
    recording = fleet_recording.load()
    of = {series.metric.name: recording.rows[:, at] for at, series in enumerate(recording.series)}
    cpu = next(at for at, one in enumerate(recording.series) if one.metric.name == "system.cpu.utilization")
    used = of["system.memory.utilization"] / 100
    found = {
        gauge("system.cpu.utilization", state="idle"): recording.rows[:, cpu] / 100,
        gauge("system.cpu.utilization", state="user"): of["cpu.user_pct"] / 100,
        gauge("system.linux.memory.available"): of["mem.MemAvailable"],
        gauge("system.memory.limit"): of["mem.MemAvailable"] / (1 - used),
        gauge("system.filesystem.utilization", mountpoint="/"): of["system.filesystem.utilization"] / 100,
        gauge("system.linux.memory.oom_kills"): of["vm.oom_kill"],
        gauge("system.linux.pressure.stall_time", resource="cpu", stall="some"): of["psi.cpu.some_total"] / 1e6,
        gauge("system.linux.pressure.stall_time", resource="memory", stall="full"): of["psi.mem.full_total"] / 1e6,
        gauge("system.linux.pressure.stall_time", resource="io", stall="full"): of["psi.io.full_total"] / 1e6,
    }
    return tuple(found), np.nan_to_num(np.array(list(found.values())))


def test_nothing_fires_on_a_healthy_machine() -> None:
    series, values = recorded()
    engine = Engine()
    engine.put_agent(Member(1, "a", interval_s=5))
    for rule in default_rules():
        engine.put_rule(rule)
    layout = Layout(layout_id(series), series, np.arange(len(series)))
    fired = []
    for first in range(0, values.shape[1] - TICKS, TICKS):
        frame = StoredFrame(1, 1, 1, 1_700_000_000_000 + first * 1000, 1000, TICKS, layout.id, 1, 1, b"", b"")
        engine.push(Batch([frame], [layout], values[None, :, first : first + TICKS]))
        told = engine.evaluate(1_700_000_000.0 + first + TICKS, float(first))
        fired += [one for one in told if one.after is State.FIRING]
    assert fired == []


SICK = {
    "Agent offline": ("other: 0",),
    "CPU busy": ("system.cpu.utilization{state=idle}: 0.02x200",),
    "Memory low": ("system.linux.memory.available: 7x100", "system.memory.limit: 100x100"),
    "Memory nearly gone": ("system.linux.memory.available: 3x100", "system.memory.limit: 100x100"),
    "Processes killed for memory": ("system.linux.memory.oom_kills: 0x30 0.1 0x20",),
    "Disk space low": ("system.filesystem.utilization{mountpoint=/}: 0.91x100",),
    "Disk nearly full": ("system.filesystem.utilization{mountpoint=/}: 0.98x100",),
    "Disk full within a day": ("system.filesystem.utilization{mountpoint=/}: 0.5+0.0001x2400",),
    "Inodes low": ("system.filesystem.inodes.utilization{mountpoint=/}: 0.95x100",),
    "Clock ahead": ("system.clock.offset: 0.8x100",),
    "Clock behind": ("system.clock.offset: -0.8x100",),
    "Units failed": ("systemd.unit.failed: 1x100",),
    "Memory pressure": ("system.linux.pressure.stall_time{resource=memory,stall=full}: 0.2x100",),
    "Disk pressure": ("system.linux.pressure.stall_time{resource=io,stall=full}: 0.7x200",),
    "CPU pressure": ("system.linux.pressure.stall_time{resource=cpu,stall=some}: 0.8x200",),
    "Samples dropped": ("opsentrix.agent.spool.dropped_frames: 0x60 3x60",),
    "Samples missed": ("opsentrix.agent.ticks.missed: 0+5x200",),
    "Collector failing": ("opsentrix.agent.collector.up{collector=cpu}: 0x100",),
}


@pytest.mark.parametrize("name", [one.name for one in default_rules()])
def test_each_is_heard_on_a_sick_machine(name: str) -> None:
    case = Case(name)
    case.read("agent a interval=10")
    case.read("step 10s")
    for line in SICK[name]:
        case.read(f"load a {line}")
    case.until = 0 if name != "Agent offline" else 100
    rule = next(one for one in default_rules() if one.name == name)
    case.rules[name.replace(" ", "-")] = replace(rule, id=1)
    told = Runner(case, every=10).run()
    assert [line for line in told if " firing" in line], told


def test_each_is_said_in_full() -> None:
    listed = default_rules()
    assert {one.name for one in listed} == set(SICK)
    assert [one.id for one in listed] == list(range(1, len(listed) + 1))
    for one in listed:
        assert parse(write(one.rule)) == one.rule
        assert one.summary.endswith(".")
        assert one.advice.endswith(".")
