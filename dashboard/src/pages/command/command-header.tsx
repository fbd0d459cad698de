import { ph, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { ChevronRight, RotateCcw } from "lucide-react";
import { useState } from "react";
import type { CommandDetail, CommandRun } from "@/api/types";
import { CommandMark } from "@/components/command-state";
import { EffectMark } from "@/components/effect";
import { RoleNote } from "@/components/role-note";
import { Button } from "@/components/ui/button";
import { valuesFrom } from "@/lib/action-spec";
import { actionTitle } from "@/lib/action-words";
import { visible } from "@/lib/output";
import { batchText } from "@/lib/run-draft";
import { machines } from "@/lib/run-words";
import { formatAgo, formatMoment } from "@/lib/time";
import { duration } from "@/lib/units";
import { CancelCommand } from "@/pages/run/cancel-command";
import { ParamList } from "@/pages/run/param-list";
import { RunDialog } from "@/pages/run/run-dialog";
import { useMay } from "@/state/session";
import { useHubNow } from "@/state/use-hub-now";

interface CommandHeaderProps {
  command: CommandDetail;
  runs: readonly CommandRun[];
  /** Whether all machines of it are known. */
  complete: boolean;
}

/** What was asked, by whom and why, how it stands, and the ways to end it or to ask for it again. */
export function CommandHeader({ command, runs, complete }: CommandHeaderProps) {
  const now = useHubNow(1000);
  const may = useMay("operator");
  const [again, setAgain] = useState(false);
  const open = command.state === "running" || command.state === "awaiting_approval";
  const count = Object.values(command.runs).reduce((sum, one) => sum + one, 0);
  const [only] = runs;
  const spent = (Date.parse(command.ended_at ?? "") || now * 1000) - Date.parse(command.created_at);
  const { requested_by: who, decided_by: decider } = command;
  const time = duration(Math.max(0, spent / 1000));
  const facts = [
    t`${who} asked ${{ when: formatAgo(command.created_at, now) }}`,
    ...(decider === "" ? [] : [command.state === "rejected" ? t`rejected by ${decider}` : t`approved by ${decider}`]),
    ...(command.state === "awaiting_approval"
      ? []
      : [command.ended_at === null ? t({ message: `for ${time}`, context: "under way" }) : t`took ${time}`]),
    ...(count > 1 ? [batchText({ ...command, size: command.batch_size }, count)] : []),
  ];
  return (
    <div className="mb-3">
      <nav aria-label={t`Breadcrumb`} className="flex items-center gap-1 text-muted text-xs">
        <Link to="/commands" className="hover:text-text hover:underline">
          <Trans>Commands</Trans>
        </Link>
        <ChevronRight className="size-3" aria-hidden />
        <span className="tnum">#{command.id}</span>
      </nav>
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-72">
          <h1 className="break-words font-semibold text-xl tracking-tight">
            <Trans>
              {ph({ action: visible(actionTitle(command.action, command.params)) })}
              <span className="font-normal text-muted"> on </span>
              {ph({ where: count === 1 && only !== undefined ? only.name : machines(count) })}
            </Trans>
          </h1>
          <div className="mt-1 flex flex-wrap items-center gap-x-4 gap-y-1">
            <CommandMark state={command.state} />
            <EffectMark effect={command.effect} />
            <span className="tnum text-muted text-xs" title={formatMoment(Date.parse(command.created_at) / 1000)}>
              {facts.join(" · ")}
            </span>
          </div>
          {command.reason !== "" && <p className="mt-1.5 break-words">“{command.reason}”</p>}
          {command.note !== "" && <p className="mt-1.5 break-words text-warn">{command.note}</p>}
        </div>
        <div className="flex flex-wrap gap-2">
          {open && <CancelCommand id={command.id} />}
          <Button disabled={!may || !complete || runs.length === 0} onClick={() => setAgain(true)}>
            <RotateCcw className="size-4" aria-hidden />
            <Trans>Run again</Trans>
          </Button>
        </div>
      </div>
      {!may && <RoleNote className="mt-2" needed="operator" what={t`Cancelling and running again`} />}
      {Object.keys(command.params).length > 1 && (
        <div className="card mt-3 [&>dl]:border-t-0">
          <ParamList params={command.params} />
        </div>
      )}
      {again && (
        <RunDialog
          targets={runs.map((run) => ({ id: run.agent, name: run.name }))}
          start={{
            action: command.action,
            values: valuesFrom(command.params),
            rollout: {
              batch:
                count === 1
                  ? null
                  : { size: command.batch_size, pause_s: command.pause_s, stop_after: command.stop_after },
              expires_s: 3600,
              timeout_s: command.timeout_s,
              approval: false,
              reason: command.reason,
            },
          }}
          onClose={() => setAgain(false)}
        />
      )}
    </div>
  );
}
