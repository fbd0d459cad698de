import { t } from "@lingui/core/macro";
import { by, byAll, line, type Plan } from "./plan";

/** Sensors, power, disks' health and GPUs. */
export const HARDWARE: readonly Plan[] = [
  {
    id: "temperature",
    title: t`Temperatures`,
    mode: "line",
    picks: [
      line("hw.temperature", byAll("chip", "sensor")),
      line("hw.physical_disk.temperature", by("device")),
      line("hw.gpu.temperature", by("gpu")),
    ],
  },
  { id: "fans", title: t`Fans`, mode: "line", picks: [line("hw.fan.speed", byAll("chip", "sensor"))] },
  {
    id: "battery",
    title: t`Batteries`,
    mode: "line",
    picks: [line("hw.battery.charge", by("device"))],
    fixedTop: 1,
  },
  {
    id: "battery-time",
    title: t`Time on battery left`,
    mode: "line",
    picks: [line("hw.battery.time_left", by("device"))],
  },
  {
    id: "power-supply",
    title: t`Power supplies that work`,
    mode: "line",
    picks: [line("hw.power_supply.online", by("device"))],
    fixedTop: 1,
  },
  {
    id: "disk-health",
    title: t`Disks that think themselves healthy`,
    mode: "line",
    picks: [line("hw.physical_disk.healthy", by("device"))],
    fixedTop: 1,
  },
  {
    id: "disk-endurance",
    title: t`Wear of disks`,
    mode: "line",
    picks: [
      line("hw.physical_disk.endurance_utilization", (labels) => t`${{ device: by("device")(labels) }} worn`),
      line("hw.physical_disk.spare", (labels) => t`${{ device: by("device")(labels) }} spare`),
    ],
  },
  {
    id: "disk-errors",
    title: t`Errors of disks`,
    mode: "line",
    picks: [line("hw.physical_disk.errors", byAll("device", "type"))],
  },
  { id: "gpu", title: t`GPU busy`, mode: "line", picks: [line("hw.gpu.utilization", by("gpu"))], fixedTop: 1 },
  { id: "gpu-memory", title: t`GPU memory`, mode: "line", picks: [line("hw.gpu.memory.usage", by("gpu"))] },
  { id: "gpu-power", title: t`GPU power`, mode: "line", picks: [line("hw.gpu.power", by("gpu"))] },
  { id: "gpu-errors", title: t`GPU memory errors`, mode: "line", picks: [line("hw.gpu.errors", by("gpu"))] },
];
