import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { rollBackConfig } from "@/api/calls";
import { asProblem } from "@/api/problem";
import type { Agent } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { formatTimestamp } from "@/lib/time";
import { queryClient } from "@/state/session";
import { changesOf } from "./config";
import { configQuery, versionsQuery } from "./config-query";

interface ConfigHistoryProps {
  agent: Agent;
  mayChange: boolean;
  onClose: () => void;
}

/** Who changed what and when, and the way back, which can be undone in its turn. */
export function ConfigHistory({ agent, mayChange, onClose }: ConfigHistoryProps) {
  const { data, error } = useQuery(versionsQuery(agent.id));
  const [undo, setUndo] = useState<number | null>(null);
  const items = data?.items ?? [];
  const newest = items[0]?.version ?? 0;
  const back = useMutation({
    mutationFn: (version: number) => rollBackConfig(agent.id, version),
    onSuccess: async (now) => {
      setUndo(newest);
      queryClient.setQueryData(configQuery(agent.id).queryKey, now);
      await queryClient.invalidateQueries({ queryKey: versionsQuery(agent.id).queryKey });
    },
  });
  const problem = error ?? back.error;
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t`Settings of ${agent.name}: history`}>
      {problem !== null && (
        <p role="alert" className="mb-3 text-bad">
          {asProblem(problem).message}
        </p>
      )}
      {undo !== null && (
        <p role="status" className="mb-3 flex items-center gap-2">
          <Trans>Done.</Trans>
          <Button size="sm" disabled={back.isPending} onClick={() => back.mutate(undo)}>
            <Trans>Undo</Trans>
          </Button>
        </p>
      )}
      {data !== undefined && items.length === 0 && (
        <p className="text-muted">
          <Trans>Nothing was ever changed here.</Trans>
        </p>
      )}
      <ol className="flex flex-col divide-y">
        {items.map((one, index) => (
          <li key={one.version} className="flex items-start gap-3 py-2.5">
            <div className="min-w-0 flex-1">
              <p className="text-muted text-xs">
                {t`Version ${one.version}`} · {one.author} · {formatTimestamp(one.created_at)}
                {one.comment !== "" && <> · {one.comment}</>}
              </p>
              {changesOf(one, items[index + 1]).map((change) => (
                <p key={change}>{change}</p>
              ))}
            </div>
            {one.version !== newest && (
              <Button
                size="sm"
                disabled={!mayChange || back.isPending}
                aria-label={t`Go back to version ${one.version}`}
                onClick={() => back.mutate(one.version)}
              >
                <Trans>Go back</Trans>
              </Button>
            )}
          </li>
        ))}
      </ol>
    </Dialog>
  );
}
