import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { pauseAgent, restartAgent, resumeAgent } from "@/api/calls";
import { asProblem } from "@/api/problem";
import type { Agent, AgentConfig } from "@/api/types";
import { RoleNote } from "@/components/role-note";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { queryClient, useMay } from "@/state/session";
import { isPaused } from "./config";
import { ConfigDialog } from "./config-dialog";
import { ConfigHistory } from "./config-history";
import { configQuery } from "./config-query";
import { ConfigTable } from "./config-table";
import { ConfirmDialog } from "./confirm-dialog";

type Ask = "pause" | "restart" | "edit" | "history" | null;

/** One sentence about how far the agent is. */
function standing({ link, state, wanted }: AgentConfig): string {
  if (link === "unsupported") return t`This agent's release takes no settings from the hub.`;
  if (state === null)
    return link === "away"
      ? t`This agent has never told of its settings: agents that report by plain HTTP have none that the hub could change.`
      : t`Waiting for the agent's answer.`;
  if (state.version < (wanted?.version ?? 0))
    return link === "away"
      ? t`The agent is away; it learns of the change when it connects.`
      : t`Waiting for the agent.`;
  return wanted === null ? t`The agent decides everything itself.` : t`Version ${wanted.version} is in effect.`;
}

/** What the hub wants of the agent's settings, what is in effect and why, and the ways to change it. */
export function Configuration({ agent }: { agent: Agent }) {
  const { data: config, error } = useQuery(configQuery(agent.id));
  const [ask, setAsk] = useState<Ask>(null);
  const act = useMutation({
    mutationFn: (run: (id: number) => Promise<AgentConfig>) => run(agent.id),
    onSuccess: (now) => {
      queryClient.setQueryData(configQuery(agent.id).queryKey, now);
      setAsk(null);
    },
  });
  const may = useMay("operator");
  const problem = error ?? act.error;
  if (config === undefined)
    return problem === null ? null : (
      <p role="alert" className="text-bad">
        {asProblem(problem).message}
      </p>
    );
  const paused = isPaused(config);
  return (
    <section id="configuration" aria-labelledby="configuration-title" className="scroll-mt-28 pt-6">
      <div className="mb-2.5 flex flex-wrap items-center gap-2">
        <h2 id="configuration-title" className="font-semibold text-base tracking-tight">
          <Trans>Configuration</Trans>
        </h2>
        {paused && (
          <Badge className="bg-warn/15 text-text">
            <Trans>paused</Trans>
          </Badge>
        )}
        <span className="flex-1 text-muted text-xs">{standing(config)}</span>
        {!may && <RoleNote needed="operator" what={t`Changing it`} />}
        <div className="flex flex-wrap gap-2">
          <Button size="sm" onClick={() => setAsk("history")}>
            <Trans>History</Trans>
          </Button>
          <Button size="sm" disabled={!may} onClick={() => setAsk("edit")}>
            <Trans>Edit settings</Trans>
          </Button>
          {paused ? (
            <Button size="sm" disabled={!may || act.isPending} onClick={() => act.mutate(resumeAgent)}>
              <Trans>Resume</Trans>
            </Button>
          ) : (
            <Button size="sm" disabled={!may} onClick={() => setAsk("pause")}>
              <Trans>Pause</Trans>
            </Button>
          )}
          <Button size="sm" disabled={!may || config.link !== "connected"} onClick={() => setAsk("restart")}>
            <Trans>Restart</Trans>
          </Button>
        </div>
      </div>
      {[problem === null ? "" : asProblem(problem).message, config.state?.file_error, config.state?.control_error]
        .filter((text) => text !== undefined && text !== "")
        .map((text) => (
          <p key={text} role="alert" className="mb-2 text-bad">
            {text}
          </p>
        ))}
      <ConfigTable config={config} />
      {ask === "edit" && <ConfigDialog agent={agent} config={config} onClose={() => setAsk(null)} />}
      {ask === "history" && <ConfigHistory agent={agent} mayChange={may} onClose={() => setAsk(null)} />}
      {ask === "pause" && (
        <ConfirmDialog
          title={t`Pause ${agent.name}?`}
          description={t`It samples nothing until it is resumed. Charts show the time as a gap with this reason.`}
          action={t`Pause`}
          pending={act.isPending}
          onConfirm={() => act.mutate(pauseAgent)}
          onClose={() => setAsk(null)}
        />
      )}
      {ask === "restart" && (
        <ConfirmDialog
          title={t`Restart ${agent.name}?`}
          description={t`It sends what it has and starts anew; a second or two is not sampled. It refuses within five minutes of the last time.`}
          action={t`Restart`}
          pending={act.isPending}
          onConfirm={() => act.mutate(restartAgent)}
          onClose={() => setAsk(null)}
        />
      )}
    </section>
  );
}
