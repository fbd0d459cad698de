import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { User } from "lucide-react";
import type { Incident } from "@/api/types";
import { IncidentState } from "@/components/incident-state";
import { Severity } from "@/components/severity";
import { cn } from "@/lib/cn";
import { formatAgo } from "@/lib/time";
import { duration } from "@/lib/units";
import { useHubNow } from "@/state/use-hub-now";

const COLUMNS = "lg:grid lg:grid-cols-[6rem_minmax(12rem,1fr)_13rem_10rem_8rem_7.5rem] lg:items-center lg:gap-x-4";

/** Incidents as rows on a desk and as cards on a phone; each leads to its page. */
export function IncidentList({ incidents }: { incidents: readonly Incident[] }) {
  const now = useHubNow(10_000);
  return (
    <div className="card overflow-hidden">
      <div aria-hidden className={`${COLUMNS} hidden border-b bg-raised/50 px-4 py-2 font-medium text-muted text-xs`}>
        <span>
          <Trans>Severity</Trans>
        </span>
        <span>
          <Trans>Incident</Trans>
        </span>
        <span>
          <Trans>State</Trans>
        </span>
        <span>
          <Trans context="incident">About</Trans>
        </span>
        <span>
          <Trans>Owner</Trans>
        </span>
        <span>
          <Trans>Opened</Trans>
        </span>
      </div>
      <ul aria-label={t`Incidents`} className="divide-y">
        {incidents.map((incident) => (
          <Row key={incident.id} incident={incident} now={now} />
        ))}
      </ul>
    </div>
  );
}

function Row({ incident, now }: { incident: Incident; now: number }) {
  const { id, severity, state, title, assignee, acknowledged_until: until } = incident;
  const left = until === null ? null : timeLeft(until, now);
  return (
    <li
      className={cn(
        COLUMNS,
        "relative flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-3 hover:bg-raised/60 lg:py-2.5",
      )}
    >
      <Severity severity={severity} className={state === "resolved" ? "text-muted [&_svg]:text-muted" : ""} />
      <p className="min-w-0 truncate max-lg:order-3 max-lg:w-full max-lg:whitespace-normal">
        <Link
          to="/incidents/$incidentId"
          params={{ incidentId: String(id) }}
          className="font-medium after:absolute after:inset-0 hover:underline"
        >
          {title}
        </Link>{" "}
        <span className="tnum whitespace-nowrap text-muted text-xs">#{id}</span>
      </p>
      <p className="flex flex-wrap items-center gap-x-2 max-lg:order-2 max-lg:ms-auto">
        <IncidentState state={state} />
        {state === "acknowledged" && left !== null && (
          <span className="tnum text-muted text-xs max-lg:hidden">
            <Trans>for {left}</Trans>
          </span>
        )}
      </p>
      <p className="tnum text-muted text-xs max-lg:order-4">{about(incident)}</p>
      <p className={cn("flex min-w-0 items-center gap-1 text-xs max-lg:order-5", assignee === "" && "max-lg:hidden")}>
        {assignee === "" ? (
          <span className="text-muted">
            <Trans>nobody</Trans>
          </span>
        ) : (
          <>
            <User className="size-3.5 shrink-0 text-muted" aria-hidden />
            <span className="truncate">{assignee}</span>
          </>
        )}
      </p>
      <time dateTime={incident.opened_at} className="tnum text-muted text-xs max-lg:order-6 max-lg:ms-auto">
        {formatAgo(incident.opened_at, now)}
      </time>
    </li>
  );
}

/** "42 min", of an acknowledgement that ends then. */
export function timeLeft(until: string, now: number): string {
  return duration(Math.max(0, Date.parse(until) / 1000 - now));
}

/** "2 agents · 3 of 5 alerts". */
export function about({ agents, alerts, firing, state }: Pick<Incident, "agents" | "alerts" | "firing" | "state">) {
  const fires =
    state === "resolved" || firing === alerts
      ? plural(alerts, { one: "# alert", other: "# alerts" })
      : t`${firing} of ${plural(alerts, { one: "# alert", other: "# alerts" })}`;
  return agents === 0 ? fires : `${plural(agents, { one: "# agent", other: "# agents" })} · ${fires}`;
}
