import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { fetchRetention } from "@/api/calls";
import { asProblem } from "@/api/problem";
import type { Agent } from "@/api/types";
import { Notice } from "@/components/notice";
import { Skeleton } from "@/components/ui/skeleton";
import { hubNow } from "@/lib/clock";
import { historyDays } from "@/lib/history";
import { describeGap } from "@/lib/series";
import type { AgentFeed } from "@/state/agent-feed";
import { useSignal } from "@/state/use-signal";

const LINES = ["a", "b", "c", "d", "e", "f"];

/** The place of a table of processes that is on its way. */
export function TableSkeleton() {
  return (
    <div role="status" aria-label={t`Loading the processes`} className="flex flex-col gap-3 p-3.5">
      {LINES.map((line) => (
        <Skeleton key={line} className="h-5 w-full" />
      ))}
    </div>
  );
}

/** The processes could not be asked for. */
export function LoadProblem({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <Notice className="m-3.5" title={t`The processes could not be loaded`} onRetry={onRetry}>
      {asProblem(error).message}
    </Notice>
  );
}

export function NoMatch({ filter, count }: { filter: string; count: number }) {
  const text = filter.trim();
  return (
    <p className="p-8 text-center text-muted">
      <Plural
        value={count}
        one={`None of the # process matches “${text}”.`}
        other={`None of the # processes matches “${text}”.`}
      />
    </p>
  );
}

/** Why there are no processes, and what to do about it. */
export function NoProcesses({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="mx-auto max-w-xl p-8 text-center">
      <p className="font-medium">{title}</p>
      <p className="mt-1 text-muted">
        {children ??
          t`The Opsentrix agent looks at the processes of its machine every 5 seconds. What reports by the API alone, or an agent from before this was there, has no processes to show.`}
      </p>
    </div>
  );
}

interface NoHistoryProps {
  agent: Agent;
  feed: AgentFeed;
  /** Unix seconds. */
  from: number;
  to: number;
}

/** Why there are no processes in a time of the past: a gap that is known, a history that is over, or an agent without. */
export function NoHistory({ agent, feed, from, to }: NoHistoryProps) {
  const retention = useQuery({ queryKey: ["retention"], queryFn: fetchRetention });
  const sends = (useSignal(feed.processList)?.items.length ?? 0) > 0;
  const gap = feed.store.gapOver(from, to);
  if (gap !== undefined) {
    return (
      <NoProcesses title={describeGap(gap)}>
        <Trans>
          The agent's samples are missing here, and its processes with them. Choose a moment outside the hatched area.
        </Trans>
      </NoProcesses>
    );
  }
  const days = retention.data === undefined ? null : historyDays(retention.data, agent);
  if (days !== null && to < hubNow() - days * 86_400) {
    return (
      <NoProcesses title={t`This is older than what is kept`}>
        <Trans>
          Processes are kept as long as samples of 1 s: <Plural value={days} one="# day" other="# days" /> for this
          agent. An administrator can keep them longer.
        </Trans>
      </NoProcesses>
    );
  }
  if (!sends) return <NoProcesses title={t`This agent sent no processes here`} />;
  return (
    <NoProcesses title={t`No look at the processes here`}>
      <Trans>
        The agent looks every 5 seconds while it runs. It was not running yet, or is too new to this hub: choose a later
        moment, or a longer range.
      </Trans>
    </NoProcesses>
  );
}
