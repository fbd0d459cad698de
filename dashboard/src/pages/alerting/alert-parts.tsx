import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleHelp, Flame, Hourglass, VolumeX, Wrench } from "lucide-react";
import type { ReactNode } from "react";
import { Badge } from "@/components/ui/badge";
import { isEverything } from "@/lib/access";
import { cn } from "@/lib/cn";
import { quietText } from "@/lib/quiet-text";
import { valueUnit } from "@/lib/rule-series";
import { formatValue } from "@/lib/units";
import { ruleNamesQuery } from "@/pages/rules/queries";
import { useUser } from "@/state/session";

export type AlertLook = "firing" | "unknown" | "pending" | "over";

const LOOK = {
  firing: { icon: Flame, color: "text-bad", text: t`Firing` },
  unknown: { icon: CircleHelp, color: "text-warn", text: t`No data` },
  pending: { icon: Hourglass, color: "text-info", text: t`Pending` },
  over: { icon: CircleHelp, color: "text-muted", text: t`Over` },
} as const;

/** How an alert is, as shape and word. */
export function AlertState({ state, className }: { state: AlertLook; className?: string }) {
  const { icon: Icon, color, text } = LOOK[state];
  return (
    <span className={cn("inline-flex items-center gap-1.5 whitespace-nowrap font-medium text-xs", color, className)}>
      {state !== "over" && <Icon className="size-3.5 shrink-0" aria-hidden />}
      {text}
    </span>
  );
}

/** What keeps an alert quiet; nothing for nothing. */
export function QuietMark({ quiet }: { quiet: string }) {
  if (quiet === "") return null;
  const Icon = quiet.startsWith("maintenance") ? Wrench : VolumeX;
  return (
    <Badge className="gap-1">
      <Icon className="size-3 shrink-0" aria-hidden />
      <span className="truncate">{quietText(quiet)}</span>
    </Badge>
  );
}

/** The labels of an alert as small marks. */
export function AlertLabels({ labels }: { labels: Readonly<Record<string, string>> }) {
  return Object.entries(labels).map(([name, value]) => <Badge key={name}>{`${name}=${value}`}</Badge>);
}

/** Writes the values of rules in the units of their thresholds; plainly where the caller may not read rules. */
export function useValueText(): (rule: number, value: number | null) => string {
  const everywhere = isEverything(useUser().scope);
  const { data: rules } = useQuery({ ...ruleNamesQuery, enabled: everywhere });
  return (rule, value) => {
    const definition = rules?.find((one) => one.id === rule)?.definition;
    return formatValue(value, definition === undefined ? "1" : valueUnit(definition));
  };
}

/** Half an hour before something began until half an hour after it, or until now. */
export function windowAround(since: string, until: string | null, now: number): { from: number; to: number } {
  const begin = Math.floor(Date.parse(since) / 1000);
  const end = until === null ? now : Math.min(now, Date.parse(until) / 1000 + 600);
  return { from: begin - 1800, to: Math.ceil(Math.max(end, begin + 60)) };
}

interface AgentMomentProps {
  agent: number;
  since: string;
  until: string | null;
  now: number;
  children: ReactNode;
  className?: string;
}

/** A link to an agent as it was then; the hub, which watches itself as agent 0, has no such page. */
export function AgentMoment({ agent, since, until, now, children, className }: AgentMomentProps) {
  if (agent <= 0) return <span className={className}>{children}</span>;
  return (
    <Link
      to="/agents/$agentId"
      params={{ agentId: String(agent) }}
      search={windowAround(since, until, now)}
      className={cn("reach min-w-0 break-words hover:underline", className)}
    >
      {children}
    </Link>
  );
}

/** A link to a rule. */
export function RuleLink({ rule, name, className }: { rule: number; name: string; className?: string }) {
  const to: string = `/alerts/rules/${rule}`;
  return (
    <Link to={to} className={cn("reach min-w-0 break-words hover:underline", className)}>
      {name}
    </Link>
  );
}
