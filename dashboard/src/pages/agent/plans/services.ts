import { t } from "@lingui/core/macro";
import { by, byAll, line, outwards, type Plan } from "./plan";

/** Units of systemd. */
export const SERVICES: readonly Plan[] = [
  {
    id: "units-failed",
    title: t`Failed units`,
    mode: "area",
    picks: [line("systemd.unit.failed", t({ message: "failed", context: "units" }))],
  },
  { id: "service-cpu", title: t`CPU by service`, mode: "line", picks: [line("systemd.service.cpu.usage", by("unit"))] },
  {
    id: "service-memory",
    title: t`Memory by service`,
    mode: "line",
    picks: [line("systemd.service.memory.usage", by("unit"))],
  },
  {
    id: "service-restarts",
    title: t`Restarts by systemd`,
    mode: "line",
    picks: [line("systemd.service.restarts", by("unit"))],
  },
];

/** Containers of Docker and Podman. */
export const CONTAINERS: readonly Plan[] = [
  {
    id: "containers",
    title: t`Containers by state`,
    mode: "stack",
    picks: [line("container.count", byAll("runtime", "state"))],
  },
  {
    id: "container-cpu",
    title: t`CPU by container`,
    mode: "line",
    picks: [line("container.cpu.usage", by("container"))],
  },
  {
    id: "container-memory",
    title: t`Memory by container`,
    mode: "line",
    picks: [line("container.memory.usage", by("container"))],
  },
  {
    id: "container-network",
    title: t`Network by container (received up, transmitted down)`,
    mode: "area",
    picks: [line("container.network.io", byAll("container", "direction"))],
    downwards: outwards,
  },
  {
    id: "container-disk",
    title: t`Disks by container (read up, write down)`,
    mode: "area",
    picks: [line("container.disk.io", byAll("container", "direction"))],
    downwards: outwards,
  },
  {
    id: "container-health",
    title: t`Containers that are healthy`,
    mode: "line",
    picks: [line("container.healthy", by("container"))],
    fixedTop: 1,
  },
  {
    id: "container-restarts",
    title: t`Restarts by the engine`,
    mode: "line",
    picks: [line("container.restarts", by("container"))],
  },
];

/** Control groups. */
export const GROUPS: readonly Plan[] = [
  { id: "cgroup-cpu", title: t`CPU by control group`, mode: "line", picks: [line("cgroup.cpu.usage", by("cgroup"))] },
  {
    id: "cgroup-memory",
    title: t`Memory by control group`,
    mode: "line",
    picks: [line("cgroup.memory.usage", by("cgroup"))],
  },
  {
    id: "cgroup-disk",
    title: t`Disks by control group (read up, write down)`,
    mode: "area",
    picks: [line("cgroup.disk.io", byAll("cgroup", "direction"))],
    downwards: outwards,
  },
  { id: "cgroup-tasks", title: t`Tasks by control group`, mode: "line", picks: [line("cgroup.tasks", by("cgroup"))] },
  {
    id: "cgroup-pressure",
    title: t`Time that control groups waited`,
    mode: "line",
    picks: [line("cgroup.pressure.stall_time", byAll("cgroup", "resource", "stall"))],
  },
];
