import { plural, t } from "@lingui/core/macro";
import { useMutation } from "@tanstack/react-query";
import { FlaskConical } from "lucide-react";
import { asProblem } from "@/api/problem";
import { dryRun, type Written } from "@/api/runbooks";
import { Card } from "@/components/card";
import { FormProblem } from "@/components/entry";
import { Button } from "@/components/ui/button";
import { formatCount } from "@/lib/language";
import { DryList } from "./dry-list";

interface DryRunProps {
  /** The stored runbook, where nothing of it was changed: then its limits and approvals count, too. */
  runbook?: number | undefined;
  written: Written;
  /** Whether the hub could read what is written. */
  readable: boolean;
}

/** Shows what would happen now if it were triggered; nothing is begun. */
export function DryRunPanel({ runbook, written, readable }: DryRunProps) {
  const asked = JSON.stringify(runbook ?? written);
  const run = useMutation({
    mutationFn: async () => ({ asked, answer: await dryRun(runbook === undefined ? written : { runbook }) }),
  });
  const { machines = [], more = 0 } = run.data?.answer ?? {};
  const acted = machines.filter(({ would }) => would !== "skip" && would !== "unsure").length;
  return (
    <Card
      title={t`Dry run`}
      text={t`What would happen now on each machine, and why not. Nothing is begun.`}
      action={
        <Button disabled={!readable || run.isPending} onClick={() => run.mutate()}>
          <FlaskConical className="size-4" aria-hidden />
          {run.isPending ? t`Looking…` : t`Try it`}
        </Button>
      }
    >
      {run.error !== null && (
        <div className="border-t px-5 py-3">
          <FormProblem text={asProblem(run.error).advice} />
        </div>
      )}
      {run.data !== undefined && (
        <>
          <p role="status" className="tnum border-t px-5 py-2.5 text-muted text-xs">
            {summary(machines.length, acted, more)}
            {run.data.asked !== asked && ` ${t`It was changed since: try it again.`}`}
          </p>
          <DryList machines={machines} />
        </>
      )}
    </Card>
  );
}

function summary(all: number, acted: number, more: number): string {
  if (all === 0) return t`It is for no machine now.`;
  const found =
    acted === 0
      ? t`Nothing on ${plural(all, { one: "# machine", other: "# machines" })}`
      : t`Something on ${{ acted: formatCount(acted) }} of ${plural(all, { one: "# machine", other: "# machines" })}`;
  if (more === 0) return `${found}.`;
  return t`${found}; ${plural(more, { one: "# more was not looked at", other: "# more were not looked at" })}.`;
}
