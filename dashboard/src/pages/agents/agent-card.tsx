import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { memo } from "react";
import { Sparkline } from "@/components/sparkline";
import { Badge } from "@/components/ui/badge";
import { cn } from "@/lib/cn";
import { formatValue } from "@/lib/units";
import { type AgentItemProps, AgentName, AgentStanding, Choose, NetworkFigures, outdated } from "./agent-row";

/** One agent as a card, for narrow screens. */
export const AgentCard = memo(function AgentCard({ agent, position, chosen, onToggle }: AgentItemProps) {
  const { summary, sparklines: past } = agent;
  const times = past?.t ?? [];
  return (
    <div
      role="row"
      aria-rowindex={position}
      className={cn("card relative flex h-[9.625rem] flex-col justify-between p-3", chosen === true && "border-accent")}
    >
      <div role="cell" className={cn("flex items-start justify-between gap-3", chosen !== null && "ps-8")}>
        <Choose agent={agent} chosen={chosen} onToggle={onToggle} />
        <AgentName agent={agent} />
        <AgentStanding agent={agent} className="mt-0.5" />
      </div>
      <div role="cell" className={cn("grid grid-cols-[1fr_1fr_1fr_1.5fr] gap-3", outdated(agent))}>
        <Figure label="CPU" text={formatValue(summary.cpu, "%")}>
          <Sparkline times={times} values={past?.cpu ?? []} max={1} className="h-4 text-c1" />
        </Figure>
        <Figure label={t`Memory`} text={formatValue(summary.memory, "%")}>
          <Sparkline times={times} values={past?.memory ?? []} max={1} className="h-4 text-c5" />
        </Figure>
        <Figure label={t`Disk`} text={formatValue(summary.disk, "%")}>
          <Sparkline times={times} values={past?.disk ?? []} max={1} className="h-4 text-c3" />
        </Figure>
        <div className="min-w-0">
          <p className="text-2xs text-muted">
            <Trans>Network</Trans>
          </p>
          <p className="tnum text-xs leading-[1.125rem]">
            <NetworkFigures agent={agent} />
          </p>
        </div>
      </div>
      <div role="cell" className="flex gap-1 overflow-hidden">
        {agent.environment !== "" && <Badge className="text-text">{agent.environment}</Badge>}
        {agent.tags.map((tag) => (
          <Badge key={tag}>{tag}</Badge>
        ))}
      </div>
    </div>
  );
});

function Figure({ label, text, children }: { label: string; text: string; children: React.ReactNode }) {
  return (
    <div className="min-w-0">
      <p className="text-2xs text-muted">{label}</p>
      <p className="tnum font-medium">{text}</p>
      {children}
    </div>
  );
}
