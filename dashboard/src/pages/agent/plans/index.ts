import { AGENT } from "./agent";
import { DISKS } from "./disks";
import { HARDWARE } from "./hardware";
import { CONNECTIONS, KERNEL } from "./kernel";
import { CPU, MEMORY, NETWORK, PROCESSES } from "./machine";
import { CONTAINERS, GROUPS, SERVICES } from "./services";

/** The charts of each section. */
export const PLANS = {
  cpu: CPU,
  memory: MEMORY,
  disks: DISKS,
  network: NETWORK,
  connections: CONNECTIONS,
  processes: PROCESSES,
  services: SERVICES,
  containers: CONTAINERS,
  groups: GROUPS,
  hardware: HARDWARE,
  kernel: KERNEL,
  agent: AGENT,
} as const;

/** A section of the page that is made of charts. */
export type Section = keyof typeof PLANS;

/** Metrics that the page shows in another way than in one of the charts above. */
const SHOWN_OTHERWISE = [
  "system.cpu.logical.count",
  "system.cpu.softirqs",
  "system.linux.pressure.average",
  "system.linux.file_handles.limit",
  "system.thread.limit",
  "system.network.conntrack.count",
  "system.network.conntrack.max",
  "systemd.unit.state",
  "container.state",
  "container.runtime.up",
  "container.memory.limit",
  "hw.temperature.limit",
  "hw.network.bandwidth.limit",
  "hw.network.full_duplex",
  "hw.battery.discharging",
  "hw.physical_disk.power_on_time",
  "hw.gpu.memory.limit",
  "hw.gpu.fan.utilization",
  "system.memory.utilization",
  "system.memory.limit",
  "system.paging.utilization",
  "system.filesystem.usage",
  "system.filesystem.inodes.usage",
  "system.disk.operation_time",
  "system.process.total",
  "system.uptime",
  "opsentrix.agent.collector.up",
  "opsentrix.agent.collector.failures",
];

/** Metrics that need no chart of their own. */
export const KNOWN = new Set([
  ...SHOWN_OTHERWISE,
  ...Object.values(PLANS).flatMap((plans) => plans.flatMap(({ picks }) => picks.map(({ metric }) => metric))),
]);
