import { t } from "@lingui/core/macro";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useMemo } from "react";
import { fetchProcessesAt } from "@/api/calls";
import type { Agent, Process } from "@/api/types";
import { Button } from "@/components/ui/button";
import { hubNow } from "@/lib/clock";
import { cn } from "@/lib/cn";
import { lookDistance, matchesProcess } from "@/lib/process-view";
import { describeGap, type Gap } from "@/lib/series";
import { formatMoment, fromLocalField, toLocalField } from "@/lib/time";
import type { AgentFeed } from "@/state/agent-feed";
import { useStoreVersion } from "@/state/use-store-version";
import { MOMENT_COLUMNS, MOMENT_DESK_ONLY } from "./process-columns";
import { LoadProblem, NoHistory, NoMatch, TableSkeleton } from "./process-states";
import { UsageTable } from "./usage-table";
import type { ProcessView } from "./use-process-view";

/** How far apart the looks of an agent are, in seconds. */
const STEP = 5;
const byId = ({ pid }: Process) => String(pid);

interface MomentProcessesProps {
  agent: Agent;
  feed: AgentFeed;
  /** Unix seconds. */
  at: number;
  filter: string;
  showMoment: ProcessView["showMoment"];
}

/** The processes that used most at a moment: those of the look that is nearest to it. */
export function MomentProcesses({ agent, feed, at, filter, showMoment }: MomentProcessesProps) {
  const answer = useQuery({
    queryKey: ["processes", agent.id, "at", at],
    queryFn: ({ signal }) => fetchProcessesAt(agent.id, at, signal),
    placeholderData: keepPreviousData,
    // The look after the moment may be still to come.
    refetchInterval: () => (hubNow() - at < 4 * STEP ? STEP * 1000 : false),
  });
  const items = answer.data?.items;
  const rows = useMemo(() => items?.filter((one) => matchesProcess(one, filter)) ?? [], [items, filter]);
  const look = answer.data?.time ?? null;
  useStoreVersion(feed.store);
  const gap = feed.store.gapOver(at, at);
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 px-3.5 py-2">
        <h3 className="tnum min-w-0 flex-1 basis-40 font-medium">
          {t`Processes at ${{ moment: formatMoment(at) }}`}
          {look !== null && (
            <span className={cn("block font-normal text-muted text-xs", answer.isPlaceholderData && "opacity-50")}>
              {lookText(look, at, gap)}
            </span>
          )}
        </h3>
        <div className="flex items-center gap-2">
          <Button size="icon" aria-label={t`Earlier look`} onClick={() => showMoment((look ?? at) - STEP)}>
            <ChevronLeft className="size-4" aria-hidden />
          </Button>
          <Button size="icon" aria-label={t`Later look`} onClick={() => showMoment((look ?? at) + STEP)}>
            <ChevronRight className="size-4" aria-hidden />
          </Button>
        </div>
        <MomentField at={at} onChange={(time) => showMoment(time, { replace: true })} />
      </div>
      {items === undefined ? (
        answer.error === null ? (
          <TableSkeleton />
        ) : (
          <LoadProblem error={answer.error} onRetry={() => void answer.refetch()} />
        )
      ) : items.length === 0 ? (
        <NoHistory agent={agent} feed={feed} from={at} to={at} />
      ) : rows.length === 0 ? (
        <NoMatch filter={filter} count={items.length} />
      ) : (
        <UsageTable
          label={t`Processes at the moment`}
          columns={MOMENT_COLUMNS}
          rows={rows}
          rowId={byId}
          sortedBy="cpu"
          deskOnly={MOMENT_DESK_ONLY}
        />
      )}
    </>
  );
}

/** Which look is shown, and why it is none of the moment itself where that is known. */
function lookText(look: number, at: number, gap: Gap | undefined): string {
  const [when, distance] = [formatMoment(look), lookDistance(look, at)];
  if (gap === undefined) return t`Look at ${when}, ${distance}`;
  return t`Look at ${when}, ${distance} (${{ reason: describeGap(gap) }} at the moment itself)`;
}

function MomentField({ at, onChange }: { at: number; onChange: (time: number) => void }) {
  return (
    <input
      type="datetime-local"
      step={1}
      aria-label={t`Moment`}
      value={toLocalField(at)}
      onChange={(event) => {
        const time = fromLocalField(event.target.value);
        if (time !== null && time > 0) onChange(time);
      }}
      className="touch h-8 min-w-0 max-sm:w-full rounded-md border border-edge bg-surface px-2 text-sm max-sm:text-base"
    />
  );
}
