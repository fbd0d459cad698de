import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { revokeAgent } from "@/api/calls";
import { asProblem } from "@/api/problem";
import type { Agent } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { takeIdentity } from "./identity-query";

/** Takes an agent's identity back, after asking why. */
export function RevokeDialog({ agent, onClose }: { agent: Agent; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const revoke = useMutation({
    mutationFn: () => revokeAgent(agent.id, reason.trim()),
    onSuccess: async (now) => {
      await takeIdentity(agent.id, now);
      onClose();
    },
  });
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t`Revoke ${agent.name}?`}
      description={t`It is cut off at once and its credentials are worth nothing. Its history stays; enrolling it again brings it back.`}
      className="sm:w-[28rem]"
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          revoke.mutate();
        }}
      >
        <Field
          label={t`Reason (optional)`}
          hint={t`The agent and the audit log are told.`}
          value={reason}
          maxLength={256}
          onChange={(event) => setReason(event.target.value)}
        />
        {revoke.error !== null && (
          <p role="alert" className="text-bad">
            {asProblem(revoke.error).message}
          </p>
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" variant="danger" disabled={revoke.isPending}>
            {revoke.isPending ? t`Revoking…` : t`Revoke`}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
