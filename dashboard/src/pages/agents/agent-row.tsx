import { Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import type { Agent } from "@/api/types";
import { AdmissionBadge } from "@/components/admission";
import { Sparkline } from "@/components/sparkline";
import { Status, statusName } from "@/components/status";
import { Badge } from "@/components/ui/badge";
import { cn } from "@/lib/cn";
import { formatValue } from "@/lib/units";
import { AlertMark } from "./alert-mark";

/** The grid that header and rows share. */
export const COLUMNS =
  "grid grid-cols-[minmax(10rem,1.6fr)_6.5rem_6rem_minmax(4rem,0.7fr)_repeat(3,minmax(7rem,1fr))_minmax(10.5rem,1.3fr)] items-center gap-x-5 px-4";

export interface AgentItemProps {
  agent: Agent;
  /** Its row number in the whole table, the header being 1. */
  position: number;
  /** Whether it is chosen; null while nobody chooses, and the row leads to its page. */
  chosen: boolean | null;
  onToggle: (agent: number) => void;
}

/** Name, host and system of an agent on two lines. */
export function AgentName({ agent }: { agent: Agent }) {
  const system = agent.facts["os.description"] ?? agent.type;
  return (
    <div className="min-w-0">
      <Link
        to="/agents/$agentId"
        params={{ agentId: String(agent.id) }}
        className="block truncate font-medium text-text after:absolute after:inset-0 hover:underline"
      >
        {agent.name}
      </Link>
      <p className="truncate text-muted text-xs">{agent.host === agent.name ? system : `${agent.host} · ${system}`}</p>
    </div>
  );
}

/** While machines are chosen, the whole row or card is the label of a box. */
export function Choose({ agent, chosen, onToggle }: Omit<AgentItemProps, "position">) {
  if (chosen === null) return null;
  return (
    <label className="absolute inset-0 z-10 cursor-pointer">
      <span className="sr-only">
        <Trans>Choose {agent.name}</Trans>
      </span>
      <input
        type="checkbox"
        checked={chosen}
        onChange={() => onToggle(agent.id)}
        className="absolute top-4 start-4 size-4 accent-accent"
      />
    </label>
  );
}

/** Its status, or what stands above that: it is not let in, or two hosts share its identity. */
export function AgentStanding({ agent, className }: { agent: Agent; className?: string }) {
  if (agent.admission !== "admitted" || agent.cloned)
    return <AdmissionBadge admission={agent.admission} cloned={agent.cloned} />;
  return (
    <span className="flex shrink-0 items-center gap-2">
      <Status status={statusName(agent.status, agent.last_heartbeat)} className={className ?? ""} />
      <AlertMark agent={agent.id} />
    </span>
  );
}

/** What an agent last reported before it went away stays readable, but does not look like the present. */
export function outdated(agent: Agent): string {
  return agent.status === "offline" ? "text-muted [&_svg]:opacity-60" : "";
}

/** One agent as a table row. */
export const AgentRow = memo(function AgentRow({ agent, position, chosen, onToggle }: AgentItemProps) {
  const { summary, sparklines: past } = agent;
  return (
    <div
      role="row"
      aria-rowindex={position}
      className={cn(
        COLUMNS,
        "relative h-full border-b hover:bg-raised/60",
        chosen === true && "bg-accent/8",
        outdated(agent),
      )}
    >
      <Cell className={cn(chosen !== null && "ps-7")}>
        <Choose agent={agent} chosen={chosen} onToggle={onToggle} />
        <AgentName agent={agent} />
      </Cell>
      <Cell>
        <AgentStanding agent={agent} />
      </Cell>
      <Cell className="truncate text-muted">{agent.environment}</Cell>
      <Cell className="flex gap-1 overflow-hidden">
        {agent.tags.map((tag) => (
          <Badge key={tag}>{tag}</Badge>
        ))}
      </Cell>
      <Metric text={formatValue(summary.cpu, "%")} times={past?.t} values={past?.cpu} max={1} color="text-c1" />
      <Metric text={formatValue(summary.memory, "%")} times={past?.t} values={past?.memory} max={1} color="text-c5" />
      <Metric text={formatValue(summary.disk, "%")} times={past?.t} values={past?.disk} max={1} color="text-c3" />
      <Cell className="flex items-center gap-3">
        <div className="tnum w-[5.75rem] shrink-0 text-xs leading-[1.125rem]">
          <NetworkFigures agent={agent} />
        </div>
        <Sparkline times={past?.t ?? []} values={past?.network_receive ?? []} className="text-c2" />
      </Cell>
    </div>
  );
});

/** What comes in and what goes out, one below the other. */
export function NetworkFigures({ agent }: { agent: Agent }) {
  return (
    <>
      <span className="block whitespace-nowrap">
        <span className="text-muted" aria-hidden>
          ↓
        </span>
        <span className="sr-only">
          <Trans>received</Trans>
        </span>{" "}
        {formatValue(agent.summary.network_receive, "By/s")}
      </span>
      <span className="block whitespace-nowrap">
        <span className="text-muted" aria-hidden>
          ↑
        </span>
        <span className="sr-only">
          <Trans>transmitted</Trans>
        </span>{" "}
        {formatValue(agent.summary.network_transmit, "By/s")}
      </span>
    </>
  );
}

interface MetricProps {
  text: string;
  times: readonly number[] | undefined;
  values: readonly (number | null)[] | undefined;
  max: number;
  color: string;
}

function Metric({ text, times = [], values = [], max, color }: MetricProps) {
  return (
    <Cell className="flex items-center gap-3">
      <span className="tnum w-12 shrink-0 text-end">{text}</span>
      <Sparkline times={times} values={values} max={max} className={color} />
    </Cell>
  );
}

function Cell({ className, children }: { className?: string; children: React.ReactNode }) {
  return (
    <div role="cell" className={cn("min-w-0", className)}>
      {children}
    </div>
  );
}
