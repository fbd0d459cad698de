import { ph, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { removeApproval } from "@/api/operator-keys";
import type { RunbookDetail, StandingApproval } from "@/api/types";
import { Card } from "@/components/card";
import { RoleTooltip } from "@/components/role-note";
import { Button } from "@/components/ui/button";
import { actionTitle } from "@/lib/action-words";
import { formatMoment } from "@/lib/time";
import { RemoveDialog } from "@/pages/notifications/remove-dialog";
import { approvalsQuery } from "@/state/commands";
import { queryClient, useMay } from "@/state/session";
import { ApprovalDialog } from "./approval-dialog";
import { useAgentName } from "./use-agent-name";

const refresh = () => queryClient.invalidateQueries({ queryKey: approvalsQuery.queryKey });

/** What operators signed beforehand, for machines that follow nobody else. */
export function Approvals({ runbook }: { runbook: RunbookDetail }) {
  const may = useMay("operator");
  const nameOf = useAgentName();
  const approvals = (useQuery(approvalsQuery).data ?? []).filter((one) => one.runbook === String(runbook.id));
  const [doing, setDoing] = useState<"add" | StandingApproval | null>(null);
  return (
    <Card
      title={t`Standing approvals`}
      text={t`Where a machine’s owner demands an operator’s key, nothing is done by itself unless somebody signed it beforehand. Each new version needs its own.`}
      action={
        <RoleTooltip may={may} needed="operator" what={t`Signing a standing approval`}>
          <Button size="sm" disabled={!may} onClick={() => setDoing("add")}>
            <Plus className="size-3.5" aria-hidden />
            <Trans>Sign one</Trans>
          </Button>
        </RoleTooltip>
      }
    >
      {approvals.length > 0 && (
        <ul aria-label={t`Standing approvals`} className="divide-y border-t">
          {approvals.map((one) => (
            <li key={one.id} className="flex items-start gap-3 px-5 py-3">
              <KeyRound className="mt-0.5 size-4 shrink-0 text-muted" aria-hidden />
              <div className="min-w-0 flex-1">
                <p className="break-words font-medium">{actionTitle(one.action, one.params)}</p>
                <p className="tnum break-words text-muted text-xs">
                  {one.agents.map(nameOf).join(", ")} ·{" "}
                  <Trans>
                    {ph({ count: one.per_hour })} an hour · until{" "}
                    {ph({ time: formatMoment(Date.parse(one.expires_at) / 1000) })}
                  </Trans>{" "}
                  · {one.approved_by}
                </p>
                {one.version !== runbook.sha256 && (
                  <p className="text-warn text-xs">
                    <Trans>For another version: it does not count for this one.</Trans>
                  </p>
                )}
              </div>
              <Button size="sm" variant="ghost" disabled={!may} onClick={() => setDoing(one)}>
                <Trans>Remove</Trans>
              </Button>
            </li>
          ))}
        </ul>
      )}
      {doing === "add" && <ApprovalDialog runbook={runbook} onDone={refresh} onClose={() => setDoing(null)} />}
      {doing !== null && doing !== "add" && (
        <RemoveDialog
          title={t`Remove this standing approval?`}
          text={t`The hub forgets it. A machine that was sent it before may still follow it until it ends.`}
          run={() => removeApproval(doing.id)}
          onDone={refresh}
          onClose={() => setDoing(null)}
        />
      )}
    </Card>
  );
}
