import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import type { IncidentDetail } from "@/api/types";
import { IncidentState } from "@/components/incident-state";
import { Severity } from "@/components/severity";
import { Badge } from "@/components/ui/badge";
import { formatAgo, formatMoment } from "@/lib/time";
import { duration } from "@/lib/units";
import { about, timeLeft } from "@/pages/incidents/incident-list";
import { useHubNow } from "@/state/use-hub-now";

/** What is wrong, how it stands, and since when. */
export function IncidentHeader({ incident }: { incident: IncidentDetail }) {
  const now = useHubNow(5000);
  const { state, assignee, merged_into: into } = incident;
  return (
    <div className="mb-3">
      <nav aria-label={t`Breadcrumb`} className="flex items-center gap-1 text-muted text-xs">
        <Link to="/incidents" className="reach hover:text-text hover:underline">
          <Trans>Incidents</Trans>
        </Link>
        <ChevronRight className="size-3" aria-hidden />
        <span className="tnum">#{incident.id}</span>
      </nav>
      <h1 className="break-words font-semibold text-xl tracking-tight">{incident.title}</h1>
      <div className="mt-1.5 flex flex-wrap items-center gap-x-4 gap-y-1.5">
        <Severity severity={incident.severity} />
        <IncidentState state={state} />
        {state === "acknowledged" && <span className="tnum text-muted text-xs">{acknowledgedText(incident, now)}</span>}
        <span className="text-muted text-xs">{assignee === "" ? t`No owner` : t`Owner: ${assignee}`}</span>
        <span className="tnum text-muted text-xs">{about(incident)}</span>
        <span className="tnum text-muted text-xs" title={formatMoment(Date.parse(incident.opened_at) / 1000)}>
          {openedText(incident, now)}
        </span>
        {incident.kind === "mass_loss" && (
          <Badge>
            <Trans>many agents at once</Trans>
          </Badge>
        )}
        {into !== null && (
          <Link
            to="/incidents/$incidentId"
            params={{ incidentId: String(into) }}
            className="text-accent text-xs hover:underline"
          >
            <Trans>merged into #{into}</Trans>
          </Link>
        )}
      </div>
    </div>
  );
}

function acknowledgedText({ acknowledged_by: who, acknowledged_until: until }: IncidentDetail, now: number): string {
  if (until === null) return t`by ${who}`;
  const left = timeLeft(until, now);
  return t`by ${who} for ${left}`;
}

function openedText({ opened_at: from, resolved_at: to }: IncidentDetail, now: number): string {
  const ago = formatAgo(from, now);
  if (to === null) return t`opened ${ago}`;
  const lasted = duration((Date.parse(to) - Date.parse(from)) / 1000);
  return t`opened ${ago}, over after ${lasted}`;
}
