import { by, line, outwards, type Plan } from "./plan";

/** Sockets and their protocols. */
export const CONNECTIONS: readonly Plan[] = [
  {
    id: "tcp-states",
    title: "TCP connections by state",
    mode: "stack",
    picks: [line("system.network.connection.count", by("state"))],
  },
  {
    id: "tcp-opens",
    title: "TCP connections opened",
    mode: "line",
    picks: [line("system.network.tcp.opens", by("kind"))],
  },
  {
    id: "tcp-loss",
    title: "TCP loss",
    mode: "line",
    picks: [
      line("system.network.tcp.retransmits", "sent again"),
      line("system.network.tcp.timeouts", "timeouts"),
      line("system.network.tcp.errors", "damaged"),
    ],
  },
  {
    id: "tcp-refused",
    title: "TCP connections that failed",
    mode: "line",
    picks: [
      line("system.network.tcp.failed_opens", "not established"),
      line("system.network.tcp.listen.overflows", "queue full"),
      line("system.network.tcp.listen.drops", "dropped"),
      line("system.network.tcp.syncookies", "SYN cookies"),
      line("system.network.tcp.resets", (labels) => `resets ${by("direction")(labels)}`),
    ],
  },
  {
    id: "tcp-segments",
    title: "TCP segments (received up, transmitted down)",
    mode: "area",
    picks: [line("system.network.tcp.segments", by("direction"))],
    downwards: outwards,
  },
  {
    id: "udp",
    title: "UDP datagrams (received up, transmitted down)",
    mode: "area",
    picks: [line("system.network.udp.datagrams", by("direction"))],
    downwards: outwards,
  },
  {
    id: "udp-errors",
    title: "UDP datagrams lost",
    mode: "line",
    picks: [line("system.network.udp.errors", by("kind"))],
  },
  {
    id: "sockets",
    title: "Sockets in use",
    mode: "line",
    picks: [line("system.network.socket.count", by("protocol")), line("system.network.tcp.orphans", "TCP orphans")],
  },
  {
    id: "socket-memory",
    title: "Memory of socket buffers",
    mode: "stack",
    picks: [line("system.network.socket.memory", by("protocol"))],
  },
  {
    id: "conntrack-dropped",
    title: "Packets dropped by connection tracking",
    mode: "area",
    picks: [line("system.network.conntrack.dropped", "dropped")],
  },
];

/** What the kernel limits, says and keeps. */
export const KERNEL: readonly Plan[] = [
  {
    id: "limits",
    title: "Use of the kernel's limits",
    mode: "line",
    picks: [
      line("system.linux.file_handles.utilization", "open files"),
      line("system.thread.utilization", "threads"),
      line("system.network.conntrack.utilization", "tracked connections"),
    ],
    fixedTop: 1,
  },
  {
    id: "kernel-messages",
    title: "Messages of the kernel",
    mode: "line",
    picks: [
      line("system.linux.kernel.messages", by("severity")),
      line("system.linux.kernel.messages.lost", "too fast to count"),
    ],
  },
  {
    id: "clock",
    title: "Error of the clock",
    mode: "line",
    picks: [
      line("system.clock.offset", "offset"),
      line("system.clock.estimated_error", "estimated"),
      line("system.clock.maximum_error", "at most"),
    ],
  },
  {
    id: "clock-synchronized",
    title: "Clock kept right",
    mode: "line",
    picks: [line("system.clock.synchronized", "synchronized")],
    fixedTop: 1,
  },
  {
    id: "handles",
    title: "Open files and inodes in memory",
    mode: "line",
    picks: [line("system.linux.file_handles.usage", "open files"), line("system.linux.inodes.usage", "inodes")],
  },
  { id: "entropy", title: "Entropy", mode: "line", picks: [line("system.linux.entropy.available", "available")] },
];
