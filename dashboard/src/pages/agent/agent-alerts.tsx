import { Trans } from "@lingui/react/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleCheck } from "lucide-react";
import { asProblem } from "@/api/problem";
import type { Agent } from "@/api/types";
import { Button } from "@/components/ui/button";
import { AlertList } from "@/pages/alerts/alert-list";
import { alertsQuery } from "@/pages/alerts/queries";
import { Dependencies } from "./dependencies";

/** The active alerts of an agent, and which agents it is behind. */
export function AgentAlerts({ agent }: { agent: Agent }) {
  const { data, error } = useInfiniteQuery(alertsQuery({ agent: agent.id }));
  const alerts = data?.pages[0]?.items ?? [];
  return (
    <section id="alerts" aria-labelledby="alerts-title" className="scroll-mt-28 pt-6">
      <div className="mb-2.5 flex flex-wrap items-center gap-2">
        <h2 id="alerts-title" className="flex-1 font-semibold text-base tracking-tight">
          <Trans>Alerts</Trans>
        </h2>
        <Button asChild size="sm">
          <Link to="/incidents" search={{ agent: agent.id, show: "all" }}>
            <Trans>Its incidents</Trans>
          </Link>
        </Button>
        <Button asChild size="sm">
          <Link to="/alerts/why" search={{ agent: agent.id }}>
            <Trans>Why was I (not) paged?</Trans>
          </Link>
        </Button>
      </div>
      {error !== null && (
        <p role="alert" className="mb-2 text-bad">
          {asProblem(error).message}
        </p>
      )}
      {alerts.length > 0 && <AlertList alerts={alerts} ofOneAgent />}
      {data !== undefined && alerts.length === 0 && (
        <p className="card flex items-center gap-2 px-4 py-3 text-muted">
          <CircleCheck className="size-4 text-ok" aria-hidden />
          <Trans>No alert of this agent is active.</Trans>
        </p>
      )}
      <Dependencies agent={agent} />
    </section>
  );
}
