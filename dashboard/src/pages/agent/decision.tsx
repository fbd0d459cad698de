import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { approveAgent, refuseAgent } from "@/api/calls";
import { asProblem } from "@/api/problem";
import type { Agent, AgentIdentity } from "@/api/types";
import { Button } from "@/components/ui/button";
import { useMay } from "@/state/session";

interface DecisionProps {
  agent: Agent;
  onDone: (now: AgentIdentity) => Promise<void>;
}

/** The two buttons that let an agent in or keep it out. */
export function Decision({ agent, onDone }: DecisionProps) {
  const decide = useMutation({
    mutationFn: (run: (id: number) => Promise<AgentIdentity>) => run(agent.id),
    onSuccess: onDone,
  });
  const may = useMay("operator");
  return (
    <div className="flex shrink-0 flex-wrap items-center justify-end gap-2">
      {decide.error !== null && (
        <p role="alert" className="text-bad text-xs">
          {asProblem(decide.error).message}
        </p>
      )}
      {!may && (
        <span className="text-muted text-xs">
          <Trans>Needs the role operator</Trans>
        </span>
      )}
      {agent.admission === "pending" && (
        <Button
          size="sm"
          disabled={!may || decide.isPending}
          aria-label={t`Refuse ${agent.name}`}
          onClick={() => decide.mutate(refuseAgent)}
        >
          <Trans>Refuse</Trans>
        </Button>
      )}
      <Button
        size="sm"
        variant="primary"
        disabled={!may || decide.isPending}
        aria-label={t`Approve ${agent.name}`}
        onClick={() => decide.mutate(approveAgent)}
      >
        <Trans>Approve</Trans>
      </Button>
    </div>
  );
}
