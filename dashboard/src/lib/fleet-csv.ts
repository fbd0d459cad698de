import type { FleetItem } from "./fleet-view";

interface Exported extends FleetItem {
  version: string;
  last_heartbeat: string | null;
}

const COLUMNS: readonly { title: string; of: (agent: Exported) => string | number | null }[] = [
  { title: "name", of: ({ name }) => name },
  { title: "host", of: ({ host }) => host },
  { title: "type", of: ({ type }) => type },
  { title: "environment", of: ({ environment }) => environment },
  { title: "tags", of: ({ tags }) => tags.join(" ") },
  { title: "status", of: ({ status }) => status },
  { title: "last_heartbeat", of: (agent) => agent.last_heartbeat },
  { title: "version", of: ({ version }) => version },
  { title: "cpu_share", of: ({ summary }) => summary.cpu },
  { title: "memory_share", of: ({ summary }) => summary.memory },
  { title: "disk_share", of: ({ summary }) => summary.disk },
  { title: "network_receive_bytes_per_second", of: ({ summary }) => summary.network_receive },
  { title: "network_transmit_bytes_per_second", of: ({ summary }) => summary.network_transmit },
];

/** A text as a cell of CSV (RFC 4180). Names come from machines: a table program must not take one for a formula. */
function cell(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The agents as CSV with a line of titles, in the order given; a value that is not known is an empty cell. */
export function fleetCsv(agents: readonly Exported[]): string {
  const lines = agents.map((agent) => COLUMNS.map(({ of }) => cell(of(agent))).join(","));
  return [COLUMNS.map(({ title }) => title).join(","), ...lines, ""].join("\r\n");
}
