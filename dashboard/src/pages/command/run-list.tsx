import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import type { CommandDetail, CommandRun } from "@/api/types";
import { RunMark } from "@/components/command-state";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { RUN_STATES, type RunStateName } from "@/lib/run-words";
import { formatValue } from "@/lib/units";

interface RunListProps {
  command: CommandDetail;
  runs: readonly CommandRun[];
  selected: number;
  onSelect: (agent: number) => void;
  onMore: (() => void) | null;
}

/** The machines of a command, counted by how they stand; one of them is followed. */
export function RunList({ command, runs, selected, onSelect, onMore }: RunListProps) {
  const [only, setOnly] = useState<RunStateName | null>(null);
  const counts = RUN_STATES.map((state) => [state, command.runs[state] ?? 0] as const).filter(([, count]) => count > 0);
  const shown = only === null ? runs : runs.filter(({ state }) => state === only);
  return (
    <section aria-label={t`Machines`} className="card overflow-hidden">
      <div className="flex flex-wrap gap-1.5 border-b p-2.5">
        {counts.map(([state, count]) => (
          <button
            key={state}
            type="button"
            aria-pressed={only === state}
            onClick={() => setOnly(only === state ? null : state)}
            className={cn(
              "touch inline-flex h-7 items-center rounded-full border px-2.5 hover:border-edge",
              only === state && "border-accent bg-accent/10",
            )}
          >
            <RunMark state={state} count={count} />
          </button>
        ))}
      </div>
      <ul className="max-h-[32rem] divide-y overflow-y-auto max-lg:max-h-64">
        {shown.map((run) => (
          <li key={run.id}>
            <button
              type="button"
              aria-current={run.agent === selected ? "true" : undefined}
              onClick={() => onSelect(run.agent)}
              className={cn(
                "touch flex w-full items-center gap-3 border-transparent border-s-2 px-3 py-2 text-start hover:bg-raised/60",
                run.agent === selected && "border-accent bg-raised",
              )}
            >
              <span className="min-w-0 flex-1">
                <span className="block truncate font-medium">{run.name}</span>
                <span className="tnum block text-muted text-xs">
                  {run.duration_ms === null || run.started_at === null
                    ? t`batch ${{ number: run.batch + 1 }}`
                    : formatValue(run.duration_ms / 1000, "s")}
                  {run.started_at !== null &&
                    run.exit_code !== null &&
                    run.exit_code !== 0 &&
                    ` · ${t`exit ${{ code: run.exit_code }}`}`}
                </span>
              </span>
              <RunMark state={run.state} />
            </button>
          </li>
        ))}
        {shown.length === 0 && (
          <li className="p-4 text-muted">
            <Trans>None of those that are loaded.</Trans>
          </li>
        )}
      </ul>
      {onMore !== null && (
        <div className="border-t p-2 text-center">
          <Button size="sm" onClick={onMore}>
            <Trans>Show more machines</Trans>
          </Button>
        </div>
      )}
    </section>
  );
}
