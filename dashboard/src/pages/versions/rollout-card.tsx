import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { pauseRollout, resumeRollout, stopRollout } from "@/api/calls";
import { asProblem } from "@/api/problem";
import type { Rollout, RolloutDetail } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { hubNow } from "@/lib/clock";
import { cn } from "@/lib/cn";
import { formatAgo } from "@/lib/time";
import { ConfirmDialog } from "@/pages/agent/confirm-dialog";
import { queryClient, useGoverns } from "@/state/session";
import { RingBar } from "./ring-bar";
import { describeState, isFailure, isOpen, standing, tally } from "./rollouts";
import { rolloutQuery, rolloutsQuery } from "./versions-query";

const LOOK: Record<Rollout["state"], { word: string; tone: string }> = {
  running: { word: t({ message: "running", context: "rollout" }), tone: "bg-accent/15 text-text" },
  paused: { word: t({ message: "paused", context: "rollout" }), tone: "bg-warn/15 text-text" },
  halted: { word: t({ message: "halted", context: "rollout" }), tone: "bg-bad/15 text-text" },
  stopped: { word: t({ message: "stopped", context: "rollout" }), tone: "" },
  finished: { word: t({ message: "finished", context: "rollout" }), tone: "bg-ok/15 text-text" },
};
const SHOWN = 50;

/** One rollout: how far each ring is, who failed and why, and the brakes. */
export function RolloutCard({ rollout }: { rollout: Rollout }) {
  const [stopping, setStopping] = useState(false);
  const open = isOpen(rollout);
  const { word, tone } = LOOK[rollout.state];
  const { data: detail } = useQuery(rolloutQuery(rollout.id, open));
  const act = useMutation({
    mutationFn: (run: (id: number) => Promise<RolloutDetail>) => run(rollout.id),
    onSettled: () => {
      setStopping(false);
      return queryClient.invalidateQueries({ queryKey: rolloutsQuery.queryKey });
    },
  });
  const may = useGoverns();
  const failed = detail?.agents.filter((one) => isFailure(one.state)) ?? [];
  const busy = detail?.agents.filter((one) => one.state !== "waiting" && one.state !== "confirmed") ?? [];
  const shown = open ? busy : failed;
  const more = shown.length - SHOWN;
  return (
    <section className="card p-5" aria-labelledby={`rollout-${rollout.id}`}>
      <div className="flex flex-wrap items-center gap-2">
        <h3 id={`rollout-${rollout.id}`} className="tnum font-semibold">
          <Trans>Rollout of {rollout.version}</Trans>
        </h3>
        <Badge className={tone}>{word}</Badge>
        <span className="flex-1 text-muted text-xs">
          {rollout.created_by}, {formatAgo(rollout.created_at, hubNow())}
        </span>
        {open && may && (
          <div className="flex gap-2 max-sm:w-full">
            <Button
              size="sm"
              disabled={act.isPending}
              onClick={() => act.mutate(rollout.state === "paused" ? resumeRollout : pauseRollout)}
            >
              {rollout.state === "paused" ? t`Resume` : t`Pause`}
            </Button>
            <Button size="sm" variant="danger" onClick={() => setStopping(true)}>
              <Trans>Stop</Trans>
            </Button>
          </div>
        )}
      </div>
      <p className={cn("mt-1", rollout.state === "halted" ? "text-bad" : "text-muted")} aria-live="polite">
        {standing(rollout, hubNow())}
      </p>
      {act.error !== null && (
        <p role="alert" className="mt-1 text-bad">
          {asProblem(act.error).message}
        </p>
      )}
      <ol className="mt-3 grid gap-2 md:grid-cols-3">
        {rollout.rings.map((ring, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a ring is its number
          <RingBar key={index} number={index + 1} tally={tally(ring.states)} current={open && index === rollout.ring} />
        ))}
      </ol>
      {shown.length > 0 && (
        <ul className="mt-3 flex flex-col gap-1.5 border-t pt-3">
          {shown.slice(0, SHOWN).map((one) => (
            <li key={one.id} className="flex flex-wrap gap-x-2">
              <Link
                to="/agents/$agentId"
                params={{ agentId: String(one.id) }}
                className="font-medium underline-offset-2 hover:underline"
              >
                {one.name}
              </Link>
              <span className={isFailure(one.state) ? "text-bad" : "text-muted"}>{describeState(one.state)}</span>
              {one.detail !== "" && <span className="min-w-0 break-words text-muted">{one.detail}</span>}
            </li>
          ))}
          {more > 0 && (
            <li className="text-muted">
              <Trans>and {more} more</Trans>
            </li>
          )}
        </ul>
      )}
      {stopping && (
        <ConfirmDialog
          title={t`Stop the rollout of ${rollout.version}?`}
          description={t`Nobody else is asked, for good. Agents that were asked already go on; those that run the release keep it.`}
          action={t`Stop the rollout`}
          pending={act.isPending}
          onConfirm={() => act.mutate(stopRollout)}
          onClose={() => setStopping(false)}
        />
      )}
    </section>
  );
}
