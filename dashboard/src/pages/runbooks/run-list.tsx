import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import { asProblem } from "@/api/problem";
import type { RunFilter } from "@/api/runbook-runs";
import type { RunbookRun } from "@/api/types";
import { RunbookRunMark } from "@/components/run-marks";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { formatAgo } from "@/lib/time";
import { runPagesQuery } from "@/state/runbooks";
import { useHubNow } from "@/state/use-hub-now";
import { sentence } from "./editor-context";

interface RunListProps {
  /** How many are shown at first. */
  first?: number;
  filter: RunFilter;
  /** What all of them share needs not be said of each. */
  of?: "runbook" | "agent";
  /** What is said where there is none. */
  none?: string;
}

/** Runs, the newest first, each with how it stands. */
export function RunList({ filter, of, first = 25, none = t`It never ran.` }: RunListProps) {
  const now = useHubNow(5000);
  const runs = useInfiniteQuery(runPagesQuery({ ...filter, limit: first }));
  const items = runs.data?.pages.flatMap((page) => page.items) ?? [];
  if (runs.isPending) return <Skeleton className="h-40" />;
  if (runs.isError) return <p className="card px-5 py-4 text-bad">{asProblem(runs.error).message}</p>;
  if (items.length === 0) return <p className="card px-5 py-6 text-center text-muted">{none}</p>;
  return (
    <>
      <ul aria-label={t`Runs`} className="card divide-y overflow-hidden">
        {items.map((one) => (
          <RunItem key={one.id} run={one} now={now} of={of} />
        ))}
      </ul>
      {runs.hasNextPage && (
        <div className="mt-3 text-center">
          <Button size="sm" disabled={runs.isFetchingNextPage} onClick={() => void runs.fetchNextPage()}>
            <Trans>Show older runs</Trans>
          </Button>
        </div>
      )}
    </>
  );
}

/** When it was begun, and what began it. */
function begunText({ cause, created_at, requested_by: who }: RunbookRun, now: number): string {
  const when = formatAgo(created_at, now);
  if (cause === "hand") return t`${when} by hand, ${who}`;
  return cause === "alert" ? t`${when} by an alert` : t`${when} by its schedule`;
}

function RunItem({ run, now, of }: { run: RunbookRun; now: number; of: RunListProps["of"] }) {
  const { runbook_name: runbook, agent_name: agent } = run;
  const title = of === "runbook" ? agent : of === "agent" ? runbook : t`${runbook} on ${agent}`;
  return (
    <li className="relative flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5 hover:bg-raised/60 sm:px-5">
      <div className="min-w-0 flex-1 basis-60">
        <Link
          to="/runbook-runs/$runId"
          params={{ runId: String(run.id) }}
          className="block break-words font-medium after:absolute after:inset-0 hover:underline"
        >
          {title}
        </Link>
        <p className="tnum break-words text-muted text-xs">
          {begunText(run, now)}
          {run.note !== "" && <> · {sentence(run.note)}</>}
        </p>
      </div>
      <RunbookRunMark run={run} />
      <ChevronRight className="size-4 text-muted max-sm:hidden" aria-hidden />
    </li>
  );
}
