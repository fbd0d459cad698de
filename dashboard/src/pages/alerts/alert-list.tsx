import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link, useNavigate } from "@tanstack/react-router";
import { CircleHelp, Ellipsis, VolumeX } from "lucide-react";
import type { Alert } from "@/api/types";
import { Severity } from "@/components/severity";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem } from "@/components/ui/menu";
import { cn } from "@/lib/cn";
import { writeMatcher } from "@/lib/matchers";
import type { QuietSearch } from "@/lib/quiet-search";
import { formatAgo } from "@/lib/time";
import { AgentMoment, AlertLabels, AlertState, QuietMark, RuleLink, useValueText } from "@/pages/alerting/alert-parts";
import { useMay } from "@/state/session";
import { useHubNow } from "@/state/use-hub-now";

const COLUMNS =
  "lg:grid lg:grid-cols-[5.5rem_6rem_minmax(12rem,1fr)_minmax(9rem,0.8fr)_5rem_8rem_4.5rem_2rem] lg:items-center lg:gap-x-4";

interface AlertListProps {
  alerts: readonly Alert[];
  /** Where all are of one agent, it need not be named. */
  ofOneAgent?: boolean;
}

/** Active alerts as rows on a desk and as cards on a phone. */
export function AlertList({ alerts, ofOneAgent = false }: AlertListProps) {
  const now = useHubNow(5000);
  const valueText = useValueText();
  return (
    <div className="card overflow-hidden">
      <div aria-hidden className={`${COLUMNS} hidden border-b bg-raised/50 px-4 py-2 font-medium text-muted text-xs`}>
        <span>
          <Trans>Severity</Trans>
        </span>
        <span>
          <Trans>State</Trans>
        </span>
        <span>
          <Trans>Rule</Trans>
        </span>
        <span>{ofOneAgent ? t`Target` : t`Agent and target`}</span>
        <span className="text-end">
          <Trans>Value</Trans>
        </span>
        <span>
          <Trans>Since</Trans>
        </span>
        <span>
          <Trans>Incident</Trans>
        </span>
      </div>
      <ul aria-label={t`Alerts`} className="divide-y">
        {alerts.map((alert) => (
          <li
            key={alert.fingerprint}
            className={`${COLUMNS} flex flex-wrap items-center gap-x-3 gap-y-1.5 px-4 py-2.5 max-lg:pe-14 max-lg:relative`}
          >
            <Severity severity={alert.severity} />
            <AlertState state={alert.state === "inactive" ? "over" : alert.state} />
            <div className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1 max-lg:w-full">
              <RuleLink rule={alert.rule} name={alert.rule_name} className="min-w-0 truncate font-medium" />
              <QuietMark quiet={alert.quiet} />
            </div>
            <div className="flex min-w-0 flex-wrap items-center gap-1">
              {alert.agent !== null && !ofOneAgent && (
                <AgentMoment agent={alert.agent} since={alert.since} until={null} now={now} className="me-1 truncate">
                  {alert.agent_name}
                </AgentMoment>
              )}
              <AlertLabels labels={alert.labels} />
            </div>
            <span className={cn("tnum font-medium lg:text-end", alert.value === null && "max-lg:hidden")}>
              {valueText(alert.rule, alert.value)}
            </span>
            <time dateTime={alert.since} className="tnum text-muted text-xs">
              {formatAgo(alert.since, now)}
            </time>
            <span className="text-xs">
              {alert.incident !== null && (
                <Link
                  to="/incidents/$incidentId"
                  params={{ incidentId: String(alert.incident) }}
                  className="tnum text-accent hover:underline"
                >
                  #{alert.incident}
                  <span className="sr-only">
                    <Trans>, the incident</Trans>
                  </span>
                </Link>
              )}
            </span>
            <span className="max-lg:absolute max-lg:top-1.5 max-lg:end-2">
              <AlertMenu alert={alert} />
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What a silence begins with that is about one alert. */
function silenceOf({ rule_name: rule, agent_name: agent, labels }: Alert): QuietSearch {
  const match = [
    ...(agent === "" ? [] : [writeMatcher({ key: "agent", op: "=", value: agent })]),
    writeMatcher({ key: "rule", op: "=", value: rule }),
    ...Object.entries(labels).map(([name, value]) => writeMatcher({ key: `label.${name}`, op: "=", value })),
  ];
  return { match };
}

function AlertMenu({ alert }: { alert: Alert }) {
  const may = useMay("operator");
  const navigate = useNavigate();
  const { rule_name: rule, agent_name: agent } = alert;
  const label = agent === "" ? t`About ${rule}` : t`About ${rule} on ${agent}`;
  return (
    <Menu
      label={label}
      trigger={
        <Button variant="ghost" size="icon" aria-label={label}>
          <Ellipsis className="size-4" aria-hidden />
        </Button>
      }
    >
      <MenuItem
        disabled={!may}
        {...(may ? {} : { note: t`Needs the role operator or admin` })}
        onSelect={() => void navigate({ to: "/quiet", search: silenceOf(alert) })}
      >
        <VolumeX className="size-4 text-muted" aria-hidden />
        <Trans>Silence this</Trans>
      </MenuItem>
      <MenuItem onSelect={() => void navigate({ to: "/alerts/why", search: { alert: alert.fingerprint } })}>
        <CircleHelp className="size-4 text-muted" aria-hidden />
        <Trans>Why was I (not) paged?</Trans>
      </MenuItem>
    </Menu>
  );
}
