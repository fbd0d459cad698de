import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { asProblem } from "@/api/problem";
import type { CommandDetail, CommandRun } from "@/api/types";
import { Notice } from "@/components/notice";
import { Skeleton } from "@/components/ui/skeleton";
import { actionTitle } from "@/lib/action-words";
import { isBad } from "@/lib/run-words";
import { OutputPanel } from "@/pages/run/output-panel";
import { RunFacts } from "@/pages/run/run-facts";
import { NotFoundPage } from "@/pages/shell/not-found-page";
import { type CommandFeed, feedOf } from "@/state/command-feed";
import { commandQuery } from "@/state/commands";
import { live } from "@/state/live";
import { ApprovalPanel } from "./approval-panel";
import { CommandHeader } from "./command-header";
import { RunList } from "./run-list";

const route = getRouteApi("/app/commands/$commandId");

export function CommandPage() {
  const id = Number(route.useParams().commandId);
  return Number.isSafeInteger(id) && id > 0 ? <KnownCommandPage key={id} id={id} /> : <NotFoundPage />;
}

/** One command: how it stands on each machine, and what they write, as it happens. */
function KnownCommandPage({ id }: { id: number }) {
  const { agent = null } = route.useSearch();
  const query = useInfiniteQuery(commandQuery(id));
  const [feed] = useState(() => feedOf(id, live, agent));
  useEffect(() => {
    feed.start();
    return () => feed.stop();
  }, [feed]);
  const [command] = query.data?.pages ?? [];
  const title = command === undefined ? t`Command` : actionTitle(command.action, command.params);
  useEffect(() => {
    document.title = `${title} · Opsentrix`;
  }, [title]);
  const problem = query.error === null ? null : asProblem(query.error);
  if (problem?.status === 404) return <NotFoundPage />;
  if (command === undefined) {
    if (problem === null) return <Skeleton className="h-96" />;
    return (
      <Notice title={t`This command could not be loaded`} onRetry={() => void query.refetch()}>
        {problem.message}
      </Notice>
    );
  }
  const runs = query.data?.pages.flatMap((page) => page.items) ?? [];
  const more = query.hasNextPage ? () => void query.fetchNextPage() : null;
  return (
    <>
      <CommandHeader command={command} runs={runs} complete={more === null} />
      {command.state === "awaiting_approval" && <ApprovalPanel command={command} runs={runs} />}
      <Runs command={command} runs={runs} feed={feed} onMore={more} />
    </>
  );
}

interface RunsProps {
  command: CommandDetail;
  runs: readonly CommandRun[];
  feed: CommandFeed;
  onMore: (() => void) | null;
}

/** The machines, and the output of the one that is looked at. */
function Runs({ command, runs, feed, onMore }: RunsProps) {
  const { agent } = route.useSearch();
  const navigate = route.useNavigate();
  const followed = runs.find((run) => run.agent === agent) ?? worthALook(runs);
  const shown = followed?.agent ?? null;
  useEffect(() => feed.follow(shown), [feed, shown]);
  if (command.state === "awaiting_approval") return null;
  if (followed === undefined)
    return (
      <p className="card p-8 text-center text-muted">
        <Trans>It has no machine any more.</Trans>
      </p>
    );
  const single = runs.length === 1 && onMore === null;
  return (
    <div className={single ? "" : "grid items-start gap-3 lg:grid-cols-[20rem_1fr]"}>
      {!single && (
        <RunList
          command={command}
          runs={runs}
          selected={followed.agent}
          onSelect={(one) => void navigate({ search: { agent: one }, replace: true, resetScroll: false })}
          onMore={onMore}
        />
      )}
      <div className="min-w-0">
        <RunFacts run={followed} />
        <OutputPanel
          key={followed.agent}
          command={command.id}
          machine={{ id: followed.agent, name: followed.name }}
          run={followed}
          feed={feed}
        />
      </div>
    </div>
  );
}

/** What to show before anybody chose: what did not end well, else the first. */
function worthALook(runs: readonly CommandRun[]): CommandRun | undefined {
  return runs.find(({ state }) => isBad(state)) ?? runs[0];
}
