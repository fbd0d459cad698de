import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { BellOff, BellRing, CircleHelp } from "lucide-react";
import type { Why } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { cn } from "@/lib/cn";
import { formatMoment } from "@/lib/time";
import { AlertLabels } from "@/pages/alerting/alert-parts";

const LOOK = {
  yes: { icon: BellRing, color: "text-ok", edge: "border-ok/40 bg-ok/6" },
  no: { icon: BellOff, color: "text-warn", edge: "border-warn/40 bg-warn/6" },
  open: { icon: CircleHelp, color: "text-info", edge: "border-info/40 bg-info/6" },
} as const;

/** The answer in a sentence. */
export function Verdict({ why }: { why: Why }) {
  const { icon: Icon, color, edge } = LOOK[why.paged === null ? "open" : why.paged ? "yes" : "no"];
  return (
    <section aria-label={t`Verdict`} className={cn("card flex items-start gap-3 px-4 py-3.5", edge)}>
      <Icon className={cn("mt-0.5 size-5 shrink-0", color)} aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="font-medium text-[0.9375rem]">{why.verdict}</p>
        <div className="mt-1.5 flex flex-wrap items-center gap-1.5 text-muted text-xs">
          {why.rule !== null && <Badge>{why.rule.name}</Badge>}
          {why.metric !== "" && <Badge>{why.metric}</Badge>}
          {why.agent !== null && (
            <Link
              to="/agents/$agentId"
              params={{ agentId: String(why.agent.id) }}
              className="min-w-0 break-all font-medium text-text hover:underline"
            >
              {why.agent.name}
            </Link>
          )}
          <AlertLabels labels={why.labels} />
          <time dateTime={why.at} className="tnum">
            {formatMoment(Date.parse(why.at) / 1000)}
          </time>
          {why.incident !== null && (
            <Link
              to="/incidents/$incidentId"
              params={{ incidentId: String(why.incident) }}
              className="text-accent hover:underline"
            >
              <Trans>incident #{why.incident}</Trans>
            </Link>
          )}
        </div>
      </div>
    </section>
  );
}
