import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { CircleAlert, CircleCheck, CircleHelp, CircleOff, Timer } from "lucide-react";
import { useState } from "react";
import type { HubCheck } from "@/api/types";
import { Card } from "@/components/card";
import { Badge } from "@/components/ui/badge";
import { hubNow } from "@/lib/clock";
import { cn } from "@/lib/cn";
import { SEVERITY_WORDS } from "@/lib/severity-words";
import { formatAgo } from "@/lib/time";
import { displayUnit, formatValue } from "@/lib/units";

const STATES = {
  inactive: { word: t({ message: "Well", context: "check" }), icon: CircleCheck, color: "text-ok" },
  pending: { word: t`Pending`, icon: Timer, color: "text-warn" },
  firing: { word: t({ message: "Fires", context: "check" }), icon: CircleAlert, color: "text-bad" },
  unknown: { word: t`No data`, icon: CircleHelp, color: "text-bad" },
  off: { word: t({ message: "Off", context: "check" }), icon: CircleOff, color: "text-muted" },
} as const;

/** Each check that the hub makes of itself. They are alert rules, and are changed where all rules are. */
export function Checks({ checks }: { checks: readonly HubCheck[] }) {
  return (
    <Card title={t`Checks`} text={t`Alert rules about the hub itself: grouped, silenced and routed as all others.`}>
      {checks.length === 0 ? (
        <p className="border-t px-5 py-4 text-muted">
          <Trans>All rules about the hub were deleted.</Trans>
        </p>
      ) : (
        <ul aria-label={t`Checks`} className="divide-y border-t">
          {checks.map((check) => (
            <Check key={check.rule} check={check} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function Check({ check }: { check: HubCheck }) {
  const [now] = useState(hubNow);
  const { word, icon: Icon, color } = STATES[check.enabled ? check.state : "off"];
  const ago = check.since === null ? null : formatAgo(check.since, now);
  const wrong = check.state === "firing" || check.state === "unknown";
  return (
    <li className="grid gap-x-4 gap-y-1 px-5 py-3 sm:grid-cols-[6.5rem_minmax(0,1fr)_auto] sm:items-start">
      <span className={cn("inline-flex h-5 items-center gap-1.5 font-medium text-xs", color)}>
        <Icon className="size-3.5 shrink-0" aria-hidden />
        {wrong && ago !== null ? (
          <Trans>
            {word}
            <span className="sr-only">, since {ago}</span>
          </Trans>
        ) : (
          word
        )}
      </span>
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="font-medium">
            {check.name.replace(/^Hub: (.)/, (_, first: string) => first.toUpperCase())}
          </span>
          <Badge>{SEVERITY_WORDS[check.severity]}</Badge>
        </p>
        {wrong && <p className="mt-1">{check.summary}</p>}
        {wrong && <p className="mt-0.5 text-muted">{check.advice}</p>}
      </div>
      <Values check={check} />
    </li>
  );
}

function Values({ check }: { check: HubCheck }) {
  const known = check.readings.filter(({ value }) => value !== null);
  if (known.length === 0)
    return (
      <span className="text-muted text-xs leading-5">
        <Trans>nothing to look at</Trans>
      </span>
    );
  return (
    <ul className="tnum flex flex-wrap gap-x-3 text-muted text-xs leading-5 sm:justify-end">
      {known.map(({ metric, labels, value }) => (
        <li key={`${metric}${JSON.stringify(labels)}`}>
          {labels.channel ?? labels.certificate ?? metric.replace("opsentrix.hub.", "")}{" "}
          <span className="text-text">{formatValue(value, displayUnit(metric, unitOf(metric)))}</span>
        </li>
      ))}
    </ul>
  );
}

const BYTES = /disk\./;
const COUNTS = /closed|broken|given_up/;

/** The unit of one of the hub's own metrics, as UCUM writes it. */
function unitOf(metric: string): string {
  if (BYTES.test(metric)) return "By";
  return COUNTS.test(metric) || metric.endsWith("queue") ? "1" : "s";
}
