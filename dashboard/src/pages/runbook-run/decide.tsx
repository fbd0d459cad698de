import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import { decideRun } from "@/api/runbooks";
import type { RunbookRunDetail } from "@/api/types";
import { Notice } from "@/components/notice";
import { RoleNote } from "@/components/role-note";
import { Button } from "@/components/ui/button";
import { isWaiting } from "@/lib/runbook-run-words";
import { RemoveDialog } from "@/pages/notifications/remove-dialog";
import { useMay } from "@/state/session";
import { refreshRunbooks } from "@/state/waiting-runs";
import { WaitingRun } from "./waiting-run";

/** What a person can do about a run now: decide whether it begins, or end it. */
export function Decide({ run }: { run: RunbookRunDetail }) {
  const may = useMay("operator");
  const [cancelling, setCancelling] = useState(false);
  if (run.state === "ended") return null;
  if (isWaiting(run.state)) return <WaitingRun run={run} />;
  return (
    <div className="flex flex-wrap items-center gap-3">
      <Button disabled={!may} onClick={() => setCancelling(true)}>
        <Trans>Cancel this run</Trans>
      </Button>
      {!may && <RoleNote needed="operator" what={t`Cancelling a run`} />}
      {run.state === "undoing" && (
        <Notice title={t`It is being undone`}>
          <Trans>What was done is taken back step by step.</Trans>
        </Notice>
      )}
      {cancelling && (
        <RemoveDialog
          title={t`Cancel this run?`}
          text={t`Its command is ended where it can be, and no further step begins. What was done stays done.`}
          action={t`Cancel the run`}
          run={() => decideRun(run.id, "cancel", "")}
          onDone={refreshRunbooks}
          onClose={() => setCancelling(false)}
        />
      )}
    </div>
  );
}
