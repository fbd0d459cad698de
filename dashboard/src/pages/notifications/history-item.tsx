import { t } from "@lingui/core/macro";
import { BellOff } from "lucide-react";
import type { Notice } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { cn } from "@/lib/cn";
import type { SeverityName } from "@/lib/severities";
import { SEVERITY_WORDS } from "@/lib/severity-words";
import { formatMoment } from "@/lib/time";
import { Delivery } from "./delivery";

const KINDS: Record<Notice["kind"], string> = {
  opened: t({ message: "opened", context: "notice of an incident" }),
  escalated: t({ message: "escalated", context: "notice of an incident" }),
  changed: t({ message: "changed", context: "notice of an incident" }),
  acknowledged: t({ message: "acknowledged", context: "notice of an incident" }),
  reminder: t({ message: "reminder", context: "notice of an incident" }),
  resolved: t({ message: "resolved", context: "notice of an incident" }),
  test: t({ message: "test", context: "notice of an incident" }),
};

/** A notice, whom it went to, and each try with the provider's own answer. */
export function HistoryItem({ one, now }: { one: Notice; now: number }) {
  const incident = one.incident_id;
  return (
    <li className="px-4 py-3 sm:px-5">
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <Badge className={cn(one.severity === "critical" && "text-bad", one.severity === "warning" && "text-warn")}>
          {SEVERITY_WORDS[one.severity as SeverityName] ?? one.severity}
        </Badge>
        <Badge>{KINDS[one.kind]}</Badge>
        {incident === null ? (
          <span className="min-w-0 break-words font-medium">{one.title}</span>
        ) : (
          <a className="min-w-0 break-words font-medium hover:underline" href={`/dashboard/incidents/${incident}`}>
            {one.title}
          </a>
        )}
        <span className="tnum ms-auto text-muted text-xs">{formatMoment(Date.parse(one.at) / 1000)}</span>
      </p>
      {one.deliveries.length === 0 && (
        <p className="mt-1 flex items-center gap-1.5 text-warn text-xs">
          <BellOff className="size-3.5 shrink-0" aria-hidden />
          {one.planned_at === null ? t`Nobody was chosen yet` : nobodyText(one)}
        </p>
      )}
      <ul className="mt-1.5 flex flex-col gap-1">
        {one.deliveries.map((delivery) => (
          <Delivery key={delivery.id} delivery={delivery} now={now} />
        ))}
      </ul>
    </li>
  );
}

/** Who is told later, where an escalation has not told anybody yet. */
function nobodyText({ decision }: Notice): string {
  const told = decision.flatMap((one) => (Array.isArray(one.told) ? one.told.map(String) : [])).join(", ");
  return told === "" ? t`Nobody was to be told` : t`Nobody yet: ${told} begins`;
}
