import { ph, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { Hourglass } from "lucide-react";
import { useState } from "react";
import { approveCommand, rejectCommand } from "@/api/commands";
import { asProblem } from "@/api/problem";
import type { CommandDetail, CommandRun } from "@/api/types";
import { FormProblem } from "@/components/entry";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { actionTitle, EFFECT_WORDS } from "@/lib/action-words";
import { formatCount } from "@/lib/language";
import { batchText } from "@/lib/run-draft";
import { machines } from "@/lib/run-words";
import { duration } from "@/lib/units";
import { refreshCommands } from "@/state/commands";
import { useMay, useUser } from "@/state/session";
import { useHubNow } from "@/state/use-hub-now";

interface ApprovalPanelProps {
  command: CommandDetail;
  runs: readonly CommandRun[];
}

/** What a second person is asked to answer for, in full, and their answer. */
export function ApprovalPanel({ command, runs }: ApprovalPanelProps) {
  const { username } = useUser();
  const may = useMay("operator");
  const now = useHubNow(1000);
  const [reason, setReason] = useState("");
  const done = { onSettled: refreshCommands };
  const approve = useMutation({ mutationFn: () => approveCommand(command.id, reason.trim()), ...done });
  const reject = useMutation({ mutationFn: () => rejectCommand(command.id, reason.trim()), ...done });
  const mine = command.requested_by === username;
  const count = Object.values(command.runs).reduce((sum, one) => sum + one, 0);
  const problem = approve.error ?? reject.error;
  const busy = approve.isPending || reject.isPending;
  const left = Date.parse(command.expires_at) / 1000 - now;
  const what = actionTitle(command.action, command.params);
  return (
    <section aria-labelledby="approval-title" className="card mb-3 border-warn/50 p-5">
      <h2 id="approval-title" className="flex items-center gap-2 font-semibold text-base">
        <Hourglass className="size-4 text-warn" aria-hidden />
        {mine ? t`Somebody else has to approve it` : t`It awaits approval`}
      </h2>
      <p className="mt-1 text-muted">
        <Trans>Nothing was sent. {ph({ effect: EFFECT_WORDS[command.effect].text })}</Trans>{" "}
        {count > 1 && (
          <>
            <Trans>
              How it goes out: {ph({ how: batchText({ ...command, size: command.batch_size }, count) })}.
            </Trans>{" "}
          </>
        )}
        <span className="tnum">
          <Trans>It expires in {ph({ time: duration(Math.max(0, left)) })}.</Trans>
        </span>
      </p>
      <h3 className="mt-4 mb-1.5 font-medium text-sm">{machines(count)}</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lists scroll, which the keyboard must be able to do */}
      <ul tabIndex={0} aria-label={t`Machines`} className="flex max-h-48 flex-wrap gap-1.5 overflow-y-auto">
        {runs.map((run) => (
          <li key={run.id}>
            <Badge className="text-text">{run.name}</Badge>
          </li>
        ))}
        {runs.length < count && (
          <li className="text-muted">
            <Trans>and {ph({ more: formatCount(count - runs.length) })} more</Trans>
          </li>
        )}
      </ul>
      {may && (
        <div className="mt-4 flex flex-col gap-3 border-t pt-4">
          <FormProblem text={problem === null ? null : asProblem(problem).advice} />
          {mine ? (
            <p className="text-muted">
              <Trans>You asked for it, so you cannot approve it. Cancel it if it is not wanted any more.</Trans>
            </p>
          ) : (
            <>
              <Field
                label={t`Why (optional)`}
                value={reason}
                maxLength={256}
                autoComplete="off"
                onChange={(event) => setReason(event.target.value)}
              />
              <div className="flex flex-wrap justify-end gap-2">
                <Button disabled={busy} onClick={() => reject.mutate()}>
                  <Trans>Reject</Trans>
                </Button>
                <Button
                  variant={command.effect === "disrupts" ? "danger" : "primary"}
                  disabled={busy}
                  onClick={() => approve.mutate()}
                  className="min-w-0 max-w-full shrink"
                >
                  <span className="truncate">
                    {approve.isPending
                      ? t`Approving…`
                      : t`Approve: ${what} on ${{ where: count === 1 ? (runs[0]?.name ?? "") : machines(count) }}`}
                  </span>
                </Button>
              </div>
            </>
          )}
        </div>
      )}
    </section>
  );
}
