import { t } from "@lingui/core/macro";
import { by, line, outwards, type Plan } from "./plan";

/** Sockets and their protocols. */
export const CONNECTIONS: readonly Plan[] = [
  {
    id: "tcp-states",
    title: t`TCP connections by state`,
    mode: "stack",
    picks: [line("system.network.connection.count", by("state"))],
  },
  {
    id: "tcp-opens",
    title: t`TCP connections opened`,
    mode: "line",
    picks: [line("system.network.tcp.opens", by("kind"))],
  },
  {
    id: "tcp-loss",
    title: t`TCP loss`,
    mode: "line",
    picks: [
      line("system.network.tcp.retransmits", t`sent again`),
      line("system.network.tcp.timeouts", t`timeouts`),
      line("system.network.tcp.errors", t`damaged`),
    ],
  },
  {
    id: "tcp-refused",
    title: t`TCP connections that failed`,
    mode: "line",
    picks: [
      line("system.network.tcp.failed_opens", t`not established`),
      line("system.network.tcp.listen.overflows", t`queue full`),
      line("system.network.tcp.listen.drops", t`dropped`),
      line("system.network.tcp.syncookies", t`SYN cookies`),
      line("system.network.tcp.resets", (labels) => t`resets ${{ direction: by("direction")(labels) }}`),
    ],
  },
  {
    id: "tcp-segments",
    title: t`TCP segments (received up, transmitted down)`,
    mode: "area",
    picks: [line("system.network.tcp.segments", by("direction"))],
    downwards: outwards,
  },
  {
    id: "udp",
    title: t`UDP datagrams (received up, transmitted down)`,
    mode: "area",
    picks: [line("system.network.udp.datagrams", by("direction"))],
    downwards: outwards,
  },
  {
    id: "udp-errors",
    title: t`UDP datagrams lost`,
    mode: "line",
    picks: [line("system.network.udp.errors", by("kind"))],
  },
  {
    id: "sockets",
    title: t`Sockets in use`,
    mode: "line",
    picks: [line("system.network.socket.count", by("protocol")), line("system.network.tcp.orphans", t`TCP orphans`)],
  },
  {
    id: "socket-memory",
    title: t`Memory of socket buffers`,
    mode: "stack",
    picks: [line("system.network.socket.memory", by("protocol"))],
  },
  {
    id: "conntrack-dropped",
    title: t`Packets dropped by connection tracking`,
    mode: "area",
    picks: [line("system.network.conntrack.dropped", t({ message: "dropped", context: "packets" }))],
  },
];

/** What the kernel limits, says and keeps. */
export const KERNEL: readonly Plan[] = [
  {
    id: "limits",
    title: t`Use of the kernel's limits`,
    mode: "line",
    picks: [
      line("system.linux.file_handles.utilization", t`open files`),
      line("system.thread.utilization", t`threads`),
      line("system.network.conntrack.utilization", t`tracked connections`),
    ],
    fixedTop: 1,
  },
  {
    id: "kernel-messages",
    title: t`Messages of the kernel`,
    mode: "line",
    picks: [
      line("system.linux.kernel.messages", by("severity")),
      line("system.linux.kernel.messages.lost", t`too fast to count`),
    ],
  },
  {
    id: "clock",
    title: t`Error of the clock`,
    mode: "line",
    picks: [
      line("system.clock.offset", t`offset`),
      line("system.clock.estimated_error", t`estimated`),
      line("system.clock.maximum_error", t`at most`),
    ],
  },
  {
    id: "clock-synchronized",
    title: t`Clock kept right`,
    mode: "line",
    picks: [line("system.clock.synchronized", t`synchronized`)],
    fixedTop: 1,
  },
  {
    id: "handles",
    title: t`Open files and inodes in memory`,
    mode: "line",
    picks: [line("system.linux.file_handles.usage", t`open files`), line("system.linux.inodes.usage", t`inodes`)],
  },
  { id: "entropy", title: t`Entropy`, mode: "line", picks: [line("system.linux.entropy.available", t`available`)] },
];
