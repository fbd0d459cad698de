import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { BellRing, Hourglass } from "lucide-react";
import { useState } from "react";
import type { AlertRule, RuleGroup } from "@/api/types";
import { RoleTooltip } from "@/components/role-note";
import { Severity } from "@/components/severity";
import { Switch } from "@/components/switch";
import { Badge } from "@/components/ui/badge";
import { hubNow } from "@/lib/clock";
import { cn } from "@/lib/cn";
import { isAboutHub } from "@/lib/rule-series";
import { describeDemands } from "@/lib/rule-words";
import { formatAgo, formatTimestamp } from "@/lib/time";
import { useGoverns } from "@/state/session";

interface RuleItemProps {
  rule: AlertRule;
  /** The group that it is in. */
  group: RuleGroup | null;
  busy: boolean;
  onTurn: () => void;
}

/** A rule in the list: a line on a desk, a card on a phone. */
export function RuleItem({ rule, group, busy, onTurn }: RuleItemProps) {
  const governs = useGoverns();
  const [now] = useState(hubNow);
  const { selector } = rule.definition;
  return (
    <li className="relative grid gap-x-5 gap-y-2 px-4 py-3 hover:bg-raised/60 sm:px-5 lg:grid-cols-[6rem_minmax(0,1fr)_minmax(0,13rem)_7.5rem_8.5rem_4.5rem] lg:items-center">
      <Severity severity={rule.severity} className="max-lg:hidden" />
      <div className="flex min-w-0 flex-col gap-1">
        <p className="flex min-w-0 flex-wrap items-center gap-x-2.5 gap-y-1 pe-20 lg:pe-0">
          <Link
            to="/alerts/rules/$ruleId"
            params={{ ruleId: String(rule.id) }}
            className={cn(
              "min-w-0 break-words font-medium after:absolute after:inset-0 hover:text-accent",
              !rule.enabled && "text-muted",
            )}
          >
            {rule.name}
          </Link>
          <Severity severity={rule.severity} className="lg:hidden" />
          {rule.changed_by === "hub" && (
            <Badge>
              <Trans>Default</Trans>
            </Badge>
          )}
        </p>
        <code className="block min-w-0 break-words font-mono text-muted text-xs">{rule.expression}</code>
      </div>
      <p className="min-w-0 text-muted text-xs">
        <span className="block truncate max-lg:inline">
          {isAboutHub(rule.definition)
            ? t`The hub`
            : selector === undefined
              ? t`All agents`
              : describeDemands(selector)}
        </span>
        {group !== null && (
          <span className="block truncate max-lg:inline">
            {" "}
            {group.enabled ? t`in ${group.name}` : t`in ${group.name}, which is off`}
          </span>
        )}
      </p>
      <div className="flex items-center justify-between gap-4 lg:contents">
        <State rule={rule} />
        <p className="truncate text-muted text-xs" title={formatTimestamp(rule.changed_at)}>
          {rule.changed_by !== "hub" && `${rule.changed_by}, ${formatAgo(rule.changed_at, now)}`}
        </p>
      </div>
      <div className="relative z-10 justify-self-end max-lg:absolute max-lg:top-1.5 max-lg:end-4">
        <RoleTooltip may={governs} needed="admin" everywhere what={t`Switching a rule`}>
          <Switch label={rule.name} checked={rule.enabled} disabled={!governs || busy} onChange={onTurn} />
        </RoleTooltip>
      </div>
    </li>
  );
}

/** How many targets of a rule alarm, or may soon. */
export function State({ rule }: { rule: Pick<AlertRule, "enabled" | "firing" | "pending"> }) {
  if (!rule.enabled)
    return (
      <p className="text-muted text-xs">
        <Trans>Switched off</Trans>
      </p>
    );
  if (rule.firing === 0 && rule.pending === 0)
    return (
      <p className="text-muted text-xs">
        <Trans>All quiet</Trans>
      </p>
    );
  return (
    <p className="flex flex-wrap gap-x-3 gap-y-0.5 font-medium text-xs">
      {rule.firing > 0 && (
        <span className="inline-flex items-center gap-1.5 text-bad">
          <BellRing className="size-3.5" aria-hidden />
          <Plural value={rule.firing} one="# firing" other="# firing" />
        </span>
      )}
      {rule.pending > 0 && (
        <span className="inline-flex items-center gap-1.5 text-warn">
          <Hourglass className="size-3.5" aria-hidden />
          <Plural value={rule.pending} one="# pending" other="# pending" />
        </span>
      )}
    </p>
  );
}
