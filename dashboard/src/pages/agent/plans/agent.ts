import { line, type Plan } from "./plan";

const LEFT_OUT = {
  "system.filesystem.left_out": "file systems",
  "system.disk.left_out": "disks",
  "system.network.left_out": "interfaces",
  "system.linux.mdraid.left_out": "RAID arrays",
  "zfs.pool.left_out": "ZFS pools",
  "cgroup.left_out": "control groups",
  "container.left_out": "containers",
  "systemd.unit.left_out": "units",
  "hw.sensor.left_out": "sensors",
  "hw.power_supply.left_out": "power supplies",
  "hw.physical_disk.left_out": "disks not asked",
  "opsentrix.agent.plugin.left_out": "series of plugins",
};

/** The agent about itself. */
export const AGENT: readonly Plan[] = [
  {
    id: "agent-memory",
    title: "Agent memory",
    mode: "area",
    picks: [{ metric: "opsentrix.agent.memory.rss", label: () => "resident" }],
  },
  {
    id: "agent-cpu",
    title: "Agent CPU",
    mode: "area",
    picks: [{ metric: "opsentrix.agent.cpu.utilization", label: () => "of one core" }],
  },
  {
    id: "collectors",
    title: "Time each collector takes",
    mode: "line",
    picks: [{ metric: "opsentrix.agent.collector.duration" }],
  },
  {
    id: "spool",
    title: "Frames waiting and lost",
    mode: "line",
    picks: [
      { metric: "opsentrix.agent.spool.frames", label: () => "waiting" },
      { metric: "opsentrix.agent.spool.dropped_frames", label: () => "dropped" },
      { metric: "opsentrix.agent.ticks.missed", label: () => "ticks missed" },
    ],
  },
  {
    id: "spool-size",
    title: "Size of the spool",
    mode: "stack",
    picks: [
      line("opsentrix.agent.spool.memory.usage", "in memory"),
      line("opsentrix.agent.spool.disk.usage", "on disk"),
    ],
  },
  {
    id: "agent-trouble",
    title: "Faults and what was replayed",
    mode: "line",
    picks: [
      line("opsentrix.agent.config.errors", "settings refused"),
      line("opsentrix.agent.spool.disk.errors", "spool on disk"),
      line("opsentrix.agent.spool.replayed_frames", "frames replayed"),
    ],
  },
  {
    id: "left-out",
    title: "Left out because there are many",
    mode: "line",
    picks: Object.entries(LEFT_OUT).map(([metric, label]) => line(metric, label)),
  },
];
