import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { fetchTopProcesses } from "@/api/calls";
import type { Agent, ProcessUse } from "@/api/types";
import { Segmented } from "@/components/ui/segmented";
import { hubNow } from "@/lib/clock";
import { MAX_RANKED, type Ranking, rankedWindow } from "@/lib/process-view";
import { isLive, rangeSeconds, windowAt } from "@/lib/range";
import { formatMoment } from "@/lib/time";
import type { AgentFeed } from "@/state/agent-feed";
import { useSettled } from "@/state/use-settled";
import { RANGE_DESK_ONLY, rangeColumns } from "./process-columns";
import { LoadProblem, NoHistory, NoProcesses, TableSkeleton } from "./process-states";
import { UsageTable } from "./usage-table";
import type { ProcessView } from "./use-process-view";

const route = getRouteApi("/app/agents/$agentId");
const RANKING_OPTIONS: readonly { value: Ranking; label: string }[] = [
  { value: "cpu", label: "CPU" },
  { value: "memory", label: t`Memory` },
  { value: "read", label: t({ message: "Read", context: "bytes" }) },
  { value: "write", label: t({ message: "Written", context: "bytes" }) },
];
const REFRESH_MS = 10_000;
/** Whoever types on is not answered yet. */
const TYPING_MS = 250;
const byIdentity = ({ pid, name, user }: ProcessUse) => `${pid} ${name} ${user}`;

interface RangeProcessesProps {
  agent: Agent;
  feed: AgentFeed;
  ranking: Ranking;
  filter: string;
  onRank: (ranking: Ranking) => void;
  onMoment: ProcessView["showMoment"];
}

/** The processes that used most over the page's range. */
export function RangeProcesses({ agent, feed, ranking, filter, onRank, onMoment }: RangeProcessesProps) {
  const { from, to, range } = route.useSearch();
  const search = { ...(from !== undefined && to !== undefined ? { from, to } : {}), ...(range && { range }) };
  const seconds = rangeSeconds(search);
  const q = useSettled(filter.trim().slice(0, 64), TYPING_MS);
  const answer = useQuery({
    queryKey: ["processes", agent.id, "top", ranking, search, q],
    queryFn: ({ signal }) =>
      fetchTopProcesses({ agent: agent.id, ...rankedWindow(windowAt(search, hubNow())), by: ranking, q }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: isLive(search) ? REFRESH_MS : false,
  });
  const data = answer.data;
  const used = useMemo(() => data?.items.filter((one) => moved(one, ranking)), [data, ranking]);
  const columns = useMemo(() => rangeColumns(ranking, seconds, onMoment), [ranking, seconds, onMoment]);
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 px-3.5 py-2">
        <h3 className="tnum min-w-0 flex-1 basis-60 font-medium">
          <Trans>Top processes over the range</Trans>
          {data !== undefined && (
            <span className="block font-normal text-muted text-xs">
              {formatMoment(data.from)} – {formatMoment(data.to)},{" "}
              <Plural value={data.looks} one="# look" other="# looks" />
              {seconds > MAX_RANKED && ` ${t`(its last day: more is not ranked at once)`}`}
            </span>
          )}
        </h3>
        <Segmented label={t`Ranked by`} value={ranking} options={RANKING_OPTIONS} onChange={onRank} />
      </div>
      {data === undefined || used === undefined ? (
        answer.error === null ? (
          <TableSkeleton />
        ) : (
          <LoadProblem error={answer.error} onRetry={() => void answer.refetch()} />
        )
      ) : data.looks === 0 ? (
        <NoHistory agent={agent} feed={feed} from={data.from} to={data.to} />
      ) : data.items.length === 0 ? (
        <p className="p-8 text-center text-muted">
          <Trans>No process of this range matches “{q}”.</Trans>
        </p>
      ) : used.length === 0 ? (
        <NoProcesses title={t`No process is known to have moved bytes in this range`}>
          <Trans>
            Bytes from and to disks are counted by the kernel for root alone: an agent that runs as another user cannot
            see those of other users.
          </Trans>
        </NoProcesses>
      ) : (
        <UsageTable
          key={ranking}
          label={t`Top processes over the range`}
          columns={columns}
          rows={used}
          rowId={byIdentity}
          sortedBy="total"
          deskOnly={RANGE_DESK_ONLY}
        />
      )}
    </>
  );
}

/** Who is listed only for other things than bytes says nothing in a ranking by bytes. */
function moved(use: ProcessUse, ranking: Ranking): boolean {
  if (ranking === "read") return use.read_bytes > 0;
  return ranking !== "write" || use.write_bytes > 0;
}
