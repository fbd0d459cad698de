import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useMemo, useState } from "react";
import type { Recorded } from "@/api/calls";
import type { Agent, RecordedProcess, Recording } from "@/api/types";
import { Button } from "@/components/ui/button";
import { busiestLook, connectionsAt, happenings, lookAfter, namesAt } from "@/lib/recording";
import { formatMoment } from "@/lib/time";
import { MOMENT_DESK_ONLY, recordedColumns } from "./process-columns";
import { LoadProblem, NoProcesses, TableSkeleton } from "./process-states";
import { RecorderEvents } from "./recorder-events";
import { recordedQuery } from "./recorder-query";
import { RecorderTimeline } from "./recorder-timeline";
import { UsageTable } from "./usage-table";

const byId = ({ pid }: RecordedProcess) => String(pid);

/** What a recording holds, look by look. */
export function RecorderView({ agent, recording }: { agent: Agent; recording: Recording }) {
  const { data: held, error, refetch } = useQuery(recordedQuery(agent.id, recording));
  return (
    <div className="card min-w-0 overflow-clip">
      {held === undefined ? (
        error === null ? (
          <TableSkeleton />
        ) : (
          <LoadProblem error={error} onRetry={() => void refetch()} />
        )
      ) : held.looks.length + held.events.length === 0 ? (
        <NoProcesses title={t`There is nothing in this window`}>
          <Trans>What came of the recording lies outside of it, or could not be read. Record again.</Trans>
        </NoProcesses>
      ) : (
        <Held held={held} />
      )}
    </div>
  );
}

function Held({ held: { looks, events, leftOut } }: { held: Recorded }) {
  const [at, setAt] = useState(() => Math.max(0, busiestLook(looks)));
  const look = looks[at];
  const time = look?.time ?? 0;
  const columns = useMemo(() => {
    const names = namesAt(looks, time);
    return recordedColumns(({ parent_pid: pid }) => (pid === 0 ? "–" : (names.get(pid) ?? `PID ${pid}`)));
  }, [looks, time]);
  const happened = useMemo(() => happenings(events), [events]);
  const list = (
    <RecorderEvents
      events={happened}
      leftOut={leftOut}
      from={looks[at - 1]?.time ?? 0}
      to={time}
      onChoose={(moment) => setAt(Math.max(0, lookAfter(looks, moment)))}
    />
  );
  if (looks.length === 0) return list;
  const connections = connectionsAt(events, time);
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 px-3.5 py-2">
        <h3 className="tnum min-w-0 flex-1 basis-40 font-medium">
          <Trans>Recorded at {formatMoment(time)}</Trans>
          <span className="block font-normal text-muted text-xs">
            {t`Look ${{ number: at + 1 }} of ${{ count: looks.length }}`}
          </span>
          {connections !== "" && (
            <span className="block font-normal text-muted text-xs">
              <Trans>TCP connections: {connections}</Trans>
            </span>
          )}
        </h3>
        <div className="flex items-center gap-2">
          <Button size="icon" aria-label={t`Earlier recorded look`} disabled={at === 0} onClick={() => setAt(at - 1)}>
            <ChevronLeft className="size-4" aria-hidden />
          </Button>
          <Button
            size="icon"
            aria-label={t`Later recorded look`}
            disabled={at === looks.length - 1}
            onClick={() => setAt(at + 1)}
          >
            <ChevronRight className="size-4" aria-hidden />
          </Button>
        </div>
      </div>
      <RecorderTimeline looks={looks} events={events} at={at} onChange={setAt} />
      <UsageTable
        label={t`Recorded processes`}
        columns={columns}
        rows={look?.processes ?? []}
        rowId={byId}
        sortedBy="cpu"
        deskOnly={MOMENT_DESK_ONLY}
      />
      {list}
    </>
  );
}
