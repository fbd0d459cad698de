import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import type { IncidentAlert, IncidentDetail } from "@/api/types";
import { Card } from "@/components/card";
import { SeverityIcon } from "@/components/severity";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { severityRank } from "@/lib/severities";
import { formatAgo } from "@/lib/time";
import {
  AgentMoment,
  AlertLabels,
  type AlertLook,
  AlertState,
  QuietMark,
  RuleLink,
  useValueText,
} from "@/pages/alerting/alert-parts";
import { useHubNow } from "@/state/use-hub-now";

const FIRST = 10;

/** How an alert of an incident is at a moment in Unix seconds. */
export function lookOf({ over_at: over, known }: IncidentAlert, now: number): AlertLook {
  if (over !== null && Date.parse(over) / 1000 <= now) return "over";
  return known ? "firing" : "unknown";
}

/** The name of what has no page any more. */
function Gone({ name }: { name: string }) {
  return (
    <span>
      <span className="break-words font-medium">{name}</span> <Trans>(deleted)</Trans>
    </span>
  );
}

/** Which rule fires, and on which agent. */
function Subject({ alert, now }: { alert: IncidentAlert; now: number }) {
  const rule = alert.rule_deleted ? (
    <Gone name={alert.rule_name} />
  ) : (
    <RuleLink rule={alert.rule} name={alert.rule_name} className="font-medium" />
  );
  if (alert.agent === null) return rule;
  const agent = alert.agent_deleted ? (
    <Gone name={alert.agent_name} />
  ) : (
    <AgentMoment agent={alert.agent} since={alert.since} until={alert.over_at} now={now} className="font-medium">
      {alert.agent_name}
    </AgentMoment>
  );
  return (
    <Trans>
      {rule} <span className="text-muted">on</span> {agent}
    </Trans>
  );
}

/** The alerts of an incident: those that fire first, then the gravest. */
export function IncidentAlerts({ incident }: { incident: IncidentDetail }) {
  const now = useHubNow(5000);
  const [all, setAll] = useState(false);
  const valueText = useValueText();
  const own = incident.members
    .filter((one) => one.moved_to === null)
    .map((alert) => ({ alert, look: lookOf(alert, now) }))
    .sort(
      (one, other) =>
        Number(one.look === "over") - Number(other.look === "over") ||
        severityRank(one.alert.severity) - severityRank(other.alert.severity),
    );
  const shown = all ? own : own.slice(0, FIRST);
  const more = own.length - shown.length;
  return (
    <Card title={t`Alerts`} text={own.length === 0 ? t`They went to another incident.` : undefined}>
      <ul aria-label={t`Alerts`} className="divide-y border-t">
        {shown.map(({ alert, look }) => (
          <li
            key={alert.fingerprint}
            className={cn("flex items-start gap-3 px-5 py-2.5", look === "over" && "text-muted")}
          >
            <SeverityIcon severity={alert.severity} className="mt-0.5" />
            <div className="min-w-0 flex-1">
              <p className="flex flex-wrap items-baseline gap-x-1.5">
                <Subject alert={alert} now={now} />
              </p>
              <p className="mt-1 flex flex-wrap items-center gap-1.5">
                <AlertState state={look} className="me-1" />
                <span className="tnum me-1 text-muted text-xs">
                  <Trans>since {formatAgo(alert.since, now)}</Trans>
                </span>
                <AlertLabels labels={alert.labels} />
                <QuietMark quiet={alert.quiet} />
              </p>
            </div>
            <span className="tnum shrink-0 font-medium">{valueText(alert.rule, alert.value)}</span>
          </li>
        ))}
      </ul>
      {more > 0 && (
        <div className="border-t px-5 py-2">
          <Button variant="ghost" onClick={() => setAll(true)}>
            <Trans>Show {more} more</Trans>
          </Button>
        </div>
      )}
    </Card>
  );
}
