"""The rules that are on from the first minute: what is wrong on any machine, with what to do about it.

Each has hysteresis or a time for which it must hold, so that a machine that works does not wake anybody.
"""

from collections.abc import Iterable
from typing import NamedTuple

from opsentrix.model.rule_text import parse
from opsentrix.model.rules import AlertRule, Severity


class Default(NamedTuple):
    """A rule as it is on a new hub; `text` is its condition."""

    name: str
    severity: Severity
    text: str
    summary: str
    advice: str


_DEFAULTS = (
    Default(
        "Agent offline", Severity.CRITICAL, "absent(agent) for 1m",
        "Nothing has come from the agent for a minute.",
        "See whether the machine is up and reaches the hub; on it, `opsentrix-agent doctor` checks each step.",
    ),
    Default(
        "CPU busy", Severity.WARNING, "avg(system.cpu.utilization, 5m) > 95% for 10m clear < 85%",
        "All cores have been busy for a quarter of an hour.",
        "The agent's page names the processes that use most. Steal time means that this machine's host is crowded.",
    ),
    Default(
        "Memory low", Severity.WARNING,
        "system.linux.memory.available / system.memory.limit < 8% for 5m clear > 12%",
        "Little memory is left for new work without swapping; caches are not counted as used.",
        "Find what grew on the agent's page. Below 4 % the kernel soon kills processes.",
    ),
    Default(
        "Memory nearly gone", Severity.CRITICAL,
        "system.linux.memory.available / system.memory.limit < 4% for 1m clear > 8%",
        "Next to no memory is left: the kernel is about to kill processes.",
        "Stop or restart what uses most, now. Then give the machine more memory, or the program a limit.",
    ),
    Default(
        "Processes killed for memory", Severity.WARNING, "sum(system.linux.memory.oom_kills, 5m) > 0 keep 10m",
        "The kernel killed a process because memory ran out, of the machine or of a control group.",
        "The flight recorder and the kernel's log name it. Raise its limit, or find out why it grew.",
    ),
    Default(
        "Disk space low", Severity.WARNING, "system.filesystem.utilization > 90% for 5m clear < 88%",
        "A filesystem is more than nine tenths full.",
        "Remove what is not needed, or enlarge it. Deleted files that are still open take space until they are closed.",
    ),
    Default(
        "Disk nearly full", Severity.CRITICAL, "system.filesystem.utilization > 97% for 1m clear < 95%",
        "A filesystem is all but full: what writes to it will fail.",
        "Make room now: old logs, caches of package managers and core dumps go first.",
    ),
    Default(
        "Disk full within a day", Severity.WARNING,
        "forecast(system.filesystem.utilization, 6h, 24h) > 100% for 30m keep 30m",
        "As it grew over the last hours, a filesystem will be full within 24 hours.",
        "Find what grows. The alert ends by itself when the growth does.",
    ),
    Default(
        "Inodes low", Severity.WARNING, "system.filesystem.inodes.utilization > 90% for 5m clear < 88%",
        "A filesystem has nearly as many files as it can hold, however much space is free.",
        "Look for directories with very many small files: sessions, caches, mail queues.",
    ),
    Default(
        "Clock ahead", Severity.WARNING, "system.clock.offset > 500ms for 10m clear < 100ms",
        "The machine's clock is more than half a second off.",
        "See whether its time service runs and reaches a server. Logs and samples carry wrong times until then.",
    ),
    Default(
        "Clock behind", Severity.WARNING, "system.clock.offset < -500ms for 10m clear > -100ms",
        "The machine's clock is more than half a second off.",
        "See whether its time service runs and reaches a server. Logs and samples carry wrong times until then.",
    ),
    Default(
        "Units failed", Severity.WARNING, "systemd.unit.failed > 0 for 2m keep 1m",
        "systemd has units that failed.",
        "`systemctl --failed` lists them, `journalctl -u UNIT` says why; `systemctl reset-failed` forgets them.",
    ),
    Default(
        "Memory pressure", Severity.WARNING,
        "avg(system.linux.pressure.stall_time{resource=memory, stall=full}, 5m) > 10% for 5m clear < 5%",
        "For a tenth of the time all work on the machine waits for memory.",
        "It is about to stand still. Find what uses memory; swap on a slow disk makes it worse.",
    ),
    Default(
        "Disk pressure", Severity.WARNING,
        "avg(system.linux.pressure.stall_time{resource=io, stall=full}, 10m) > 50% for 10m clear < 30%",
        "For half of the time all work on the machine waits for disks.",
        "The agent's page names the processes that read and write most, and the latency of each disk.",
    ),
    Default(
        "CPU pressure", Severity.INFO,
        "avg(system.linux.pressure.stall_time{resource=cpu, stall=some}, 10m) > 60% for 10m clear < 40%",
        "For most of the time some work waits for a core.",
        "It needs more cores, or less at once. While all is answered in time, nothing has to be done.",
    ),
    Default(
        "Samples dropped", Severity.WARNING, "rate(opsentrix.agent.spool.dropped_frames, 10m) > 0/s keep 10m",
        "The agent threw samples away: its spool was full, or the hub refused them.",
        "The series show which time is missing and why. A longer outage needs the disk spool.",
    ),
    Default(
        "Samples missed", Severity.INFO, "rate(opsentrix.agent.ticks.missed, 10m) > 0.2/s for 10m",
        "The agent is too late for one sample in five: the machine gives it no time to run.",
        "See what uses the CPU, or whether the machine's host is crowded (steal time).",
    ),
    Default(
        "Collector failing", Severity.INFO, "opsentrix.agent.collector.up == 0 for 10m",
        "A collector fails or hangs, so its metrics are missing.",
        "`opsentrix-agent doctor` says why on the machine; a collector that is not needed can be switched off.",
    ),
)  # fmt: skip


def default_rules(first_id: int = 1) -> list[AlertRule]:
    """Return the default rules, numbered from `first_id` on."""
    return numbered(_DEFAULTS, first_id)


def numbered(defaults: Iterable[Default], first_id: int) -> list[AlertRule]:
    """Return rules with numbers from `first_id` on."""
    return [
        AlertRule(number, 1, one.name, parse(one.text), one.severity, one.summary, one.advice)
        for number, one in enumerate(defaults, first_id)
    ]
