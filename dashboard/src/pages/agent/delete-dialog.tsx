import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { deleteAgent } from "@/api/calls";
import { asProblem } from "@/api/problem";
import type { Agent } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { fleet, queryClient } from "@/state/session";
import { agentQuery } from "./agent-query";

export function DeleteDialog({ agent, onClose }: { agent: Agent; onClose: () => void }) {
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () => deleteAgent(agent.id),
    onSuccess: async () => {
      fleet.remove(agent.id);
      await navigate({ to: "/agents" });
      queryClient.removeQueries({ queryKey: agentQuery(agent.id).queryKey });
    },
  });
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t`Delete ${agent.name}?`}
      description={t`Its credential stops working at once and its history is no longer reachable. This cannot be undone.`}
      className="sm:w-[28rem]"
    >
      {remove.error !== null && (
        <p role="alert" className="mb-3 text-bad">
          {asProblem(remove.error).message}
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>
          <Trans>Cancel</Trans>
        </Button>
        <Button variant="danger" disabled={remove.isPending} onClick={() => remove.mutate()}>
          {remove.isPending ? t`Deleting…` : t`Delete agent`}
        </Button>
      </div>
    </Dialog>
  );
}
