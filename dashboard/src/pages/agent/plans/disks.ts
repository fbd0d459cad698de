import { t } from "@lingui/core/macro";
import { by, byAll, line, outwards, type Plan } from "./plan";

/** Disks and file systems. */
export const DISKS: readonly Plan[] = [
  {
    id: "disk-io",
    title: t`Disk throughput (read up, write down)`,
    mode: "area",
    picks: [{ metric: "system.disk.io", label: byAll("device", "direction") }],
    downwards: outwards,
  },
  { id: "disk-busy", title: t`Disk busy`, mode: "line", picks: [{ metric: "system.disk.io_time" }], fixedTop: 1 },
  {
    id: "disk-operations",
    title: t`Disk operations (read up, write down)`,
    mode: "area",
    picks: [{ metric: "system.disk.operations", label: byAll("device", "direction") }],
    downwards: outwards,
  },
  {
    id: "space",
    title: t`Space used`,
    mode: "line",
    picks: [{ metric: "system.filesystem.utilization", label: (labels) => labels.mountpoint ?? "" }],
    fixedTop: 1,
  },
  {
    id: "inodes",
    title: t`Inodes used`,
    mode: "line",
    picks: [{ metric: "system.filesystem.inodes.utilization", label: (labels) => labels.mountpoint ?? "" }],
    fixedTop: 1,
  },
  {
    id: "disk-latency",
    title: t`Mean time of a read or write`,
    mode: "line",
    picks: [line("system.disk.latency", byAll("device", "direction"))],
  },
  {
    id: "disk-queue",
    title: t`Reads and writes in progress`,
    mode: "line",
    picks: [line("system.disk.weighted_io_time", by("device"))],
  },
  {
    id: "pressure-io",
    title: t`Time that work waited for disks`,
    mode: "area",
    picks: [{ metric: "system.linux.pressure.stall_time", where: { resource: "io" }, label: by("stall") }],
  },
  {
    id: "read-only",
    title: t`File systems that refuse writing`,
    mode: "line",
    picks: [line("system.filesystem.read_only", by("mountpoint"))],
    fixedTop: 1,
  },
  {
    id: "raid",
    title: t`Disks of RAID arrays by state`,
    mode: "line",
    picks: [line("system.linux.mdraid.disks", byAll("device", "state"))],
  },
  {
    id: "raid-sync",
    title: t`Rebuild of RAID arrays`,
    mode: "line",
    picks: [line("system.linux.mdraid.sync.progress", by("device"))],
    fixedTop: 1,
  },
  {
    id: "raid-active",
    title: t`RAID arrays and ZFS pools that are whole`,
    mode: "line",
    picks: [line("system.linux.mdraid.active", by("device")), line("zfs.pool.online", by("pool"))],
    fixedTop: 1,
  },
  {
    id: "zfs-arc",
    title: t`ZFS cache`,
    mode: "line",
    picks: [line("zfs.arc.usage", t`used`), line("zfs.arc.limit", t`limit`)],
  },
  { id: "zfs-requests", title: t`ZFS cache requests`, mode: "area", picks: [line("zfs.arc.requests", by("result"))] },
];
