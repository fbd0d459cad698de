import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { requireSealing } from "@/api/calls";
import { asProblem } from "@/api/problem";
import type { Agent } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { queryClient } from "@/state/session";
import { agentQuery } from "./agent-query";

/** Says what becomes of an agent that must seal, or need not any more, before that is so. */
export function SealDialog({ agent, onClose }: { agent: Agent; onClose: () => void }) {
  const required = !agent.payload.required;
  const change = useMutation({
    mutationFn: () => requireSealing(agent.id, required),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: agentQuery(agent.id).queryKey });
      onClose();
    },
  });
  const cutOff = agent.payload.sealed === false;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={required ? t`Take only sealed messages of ${agent.name}?` : t`Take plain messages of ${agent.name} too?`}
      description={
        required
          ? [
              ...(cutOff ? [t`It does not seal at present, so it is cut off at once and keeps its samples.`] : []),
              t`Set "payload_encryption": true in its config file and restart it.`,
            ].join(" ")
          : t`Whoever runs a proxy between it and the hub could then read what it sends, if it is not set to seal.`
      }
      className="sm:w-[30rem]"
    >
      {change.error !== null && (
        <p role="alert" className="mb-3 text-bad">
          {asProblem(change.error).message}
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>
          <Trans>Cancel</Trans>
        </Button>
        <Button variant="primary" disabled={change.isPending} onClick={() => change.mutate()}>
          {required ? t`Take sealed only` : t`Take plain too`}
        </Button>
      </div>
    </Dialog>
  );
}
