import { t } from "@lingui/core/macro";
import { line, type Plan } from "./plan";

const LEFT_OUT = {
  "system.filesystem.left_out": t`file systems`,
  "system.disk.left_out": t`disks`,
  "system.network.left_out": t`interfaces`,
  "system.linux.mdraid.left_out": t`RAID arrays`,
  "zfs.pool.left_out": t`ZFS pools`,
  "cgroup.left_out": t`control groups`,
  "container.left_out": t`containers`,
  "systemd.unit.left_out": t`units`,
  "hw.sensor.left_out": t`sensors`,
  "hw.power_supply.left_out": t`power supplies`,
  "hw.physical_disk.left_out": t`disks not asked`,
  "opsentrix.agent.plugin.left_out": t`series of plugins`,
};

/** The agent about itself. */
export const AGENT: readonly Plan[] = [
  {
    id: "agent-memory",
    title: t`Agent memory`,
    mode: "area",
    picks: [{ metric: "opsentrix.agent.memory.rss", label: () => t`resident` }],
  },
  {
    id: "agent-cpu",
    title: t`Agent CPU`,
    mode: "area",
    picks: [{ metric: "opsentrix.agent.cpu.utilization", label: () => t`of one core` }],
  },
  {
    id: "collectors",
    title: t`Time each collector takes`,
    mode: "line",
    picks: [{ metric: "opsentrix.agent.collector.duration" }],
  },
  {
    id: "spool",
    title: t`Frames waiting and lost`,
    mode: "line",
    picks: [
      { metric: "opsentrix.agent.spool.frames", label: () => t`waiting` },
      { metric: "opsentrix.agent.spool.dropped_frames", label: () => t`dropped` },
      { metric: "opsentrix.agent.ticks.missed", label: () => t`ticks missed` },
    ],
  },
  {
    id: "spool-size",
    title: t`Size of the spool`,
    mode: "stack",
    picks: [
      line("opsentrix.agent.spool.memory.usage", t`in memory`),
      line("opsentrix.agent.spool.disk.usage", t`on disk`),
    ],
  },
  {
    id: "agent-trouble",
    title: t`Faults and what was replayed`,
    mode: "line",
    picks: [
      line("opsentrix.agent.config.errors", t`settings refused`),
      line("opsentrix.agent.spool.disk.errors", t`spool on disk`),
      line("opsentrix.agent.spool.replayed_frames", t`frames replayed`),
    ],
  },
  {
    id: "left-out",
    title: t`Left out because there are many`,
    mode: "line",
    picks: Object.entries(LEFT_OUT).map(([metric, label]) => line(metric, label)),
  },
];
