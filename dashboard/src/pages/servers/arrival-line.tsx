import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { ArrowRight, CircleCheck, LoaderCircle } from "lucide-react";
import { Button } from "@/components/ui/button";
import type { Arrival } from "./use-arrival";

/** The last line of the dialog: the wait for the first sample, and its end. */
export function ArrivalLine({ arrival }: { arrival: Arrival }) {
  const name = arrival.stage === "waiting" ? "" : arrival.agent.name;
  return (
    <div role="status" className="mt-4 flex min-h-14 items-center gap-3 rounded-md border bg-bg px-4 py-2.5">
      {arrival.stage === "received" ? (
        <CircleCheck className="size-5 shrink-0 text-ok" aria-hidden />
      ) : (
        <LoaderCircle className="size-5 shrink-0 animate-spin text-accent" aria-hidden />
      )}
      <div className="min-w-0 flex-1">
        {arrival.stage === "waiting" && t`Waiting for the first sample…`}
        {arrival.stage === "registered" && (
          <Trans>
            <b className="font-semibold">{name}</b> has registered. Waiting for its first sample…
          </Trans>
        )}
        {arrival.stage === "received" && (
          <Trans>
            First sample received from <b className="font-semibold">{name}</b>.
          </Trans>
        )}
      </div>
      {arrival.stage === "received" && (
        <Button asChild variant="primary">
          <Link to="/agents/$agentId" params={{ agentId: String(arrival.agent.id) }}>
            <Trans context="verb">Open</Trans>
            <ArrowRight className="size-4" aria-hidden />
          </Link>
        </Button>
      )}
    </div>
  );
}
