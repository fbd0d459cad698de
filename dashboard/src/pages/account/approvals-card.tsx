import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Stamp } from "lucide-react";
import { useState } from "react";
import { removeApproval } from "@/api/operator-keys";
import { asProblem } from "@/api/problem";
import type { StandingApproval } from "@/api/types";
import { Card } from "@/components/card";
import { FormProblem } from "@/components/entry";
import { Button } from "@/components/ui/button";
import { actionTitle } from "@/lib/action-words";
import { hubNow } from "@/lib/clock";
import { machines } from "@/lib/run-words";
import { duration } from "@/lib/units";
import { approvalsQuery } from "@/state/commands";
import { queryClient, useMay } from "@/state/session";

/** What operators signed beforehand, so that a runbook may do it by itself; nothing where nobody did. */
export function ApprovalsCard() {
  const approvals = useQuery(approvalsQuery);
  const may = useMay("operator");
  const remove = useMutation({
    mutationFn: (one: StandingApproval) => removeApproval(one.id),
    onSettled: () => queryClient.invalidateQueries(approvalsQuery),
  });
  const items = approvals.data ?? [];
  const problem = remove.error ?? approvals.error;
  if (items.length === 0 && problem === null) return null;
  return (
    <Card
      title={t`Standing approvals`}
      text={t`What operators signed beforehand, so that a runbook may do it by itself. Machines verify each and count by themselves.`}
    >
      {problem !== null && (
        <div className="px-5 pb-4">
          <FormProblem text={asProblem(problem).advice} />
        </div>
      )}
      <ul aria-label={t`Standing approvals`} className="divide-y border-t">
        {items.map((one) => (
          <Item key={one.id} item={one} onRemove={may ? () => remove.mutate(one) : null} busy={remove.isPending} />
        ))}
      </ul>
    </Card>
  );
}

function Item({ item, onRemove, busy }: { item: StandingApproval; onRemove: (() => void) | null; busy: boolean }) {
  const [now] = useState(hubNow);
  const left = Date.parse(item.expires_at) / 1000 - now;
  const [what, time] = [actionTitle(item.action, item.params), duration(left)];
  const { runbook, per_hour: most, approved_by: person } = item;
  const told = [
    t`runbook ${runbook}`,
    machines(item.agents.length),
    t`at most ${most} an hour on each`,
    t`by ${person}`,
    left > 0 ? t({ message: `for ${time}`, context: "approval" }) : t({ message: "over", context: "approval" }),
  ];
  return (
    <li className="flex flex-wrap items-center gap-x-3.5 gap-y-2 px-5 py-3">
      <Stamp className="size-5 shrink-0 text-muted" aria-hidden />
      <div className="min-w-0 flex-1 basis-56">
        <p className="break-words font-medium">{what}</p>
        <p className="tnum break-words text-muted text-xs">{told.join(" · ")}</p>
      </div>
      {onRemove !== null && (
        <Button size="sm" disabled={busy} aria-label={t`Remove the approval: ${what}`} onClick={onRemove}>
          <Trans>Remove</Trans>
        </Button>
      )}
    </li>
  );
}
