import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { asProblem } from "@/api/problem";
import { Notice } from "@/components/notice";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import type { Target } from "@/lib/run-draft";
import { feedOf } from "@/state/command-feed";
import { commandQuery } from "@/state/commands";
import { live } from "@/state/live";
import { CancelCommand } from "./cancel-command";
import { OutputPanel } from "./output-panel";
import { RunFacts } from "./run-facts";

interface GivenStepProps {
  id: number;
  target: Target;
  onClose: () => void;
}

/** What becomes of a command that one machine was just given, where it was asked for. */
export function GivenStep({ id, target, onClose }: GivenStepProps) {
  const [feed] = useState(() => feedOf(id, live, target.id));
  useEffect(() => {
    feed.start();
    feed.follow(target.id);
    return () => feed.stop();
  }, [feed, target.id]);
  const query = useInfiniteQuery(commandQuery(id));
  const [command] = query.data?.pages ?? [];
  const run = command?.items.find(({ agent }) => agent === target.id);
  return (
    <>
      {run !== undefined && <RunFacts run={run} />}
      {run === undefined && query.error === null && <Skeleton className="mb-3 h-[4.25rem]" />}
      {query.error !== null && (
        <Notice title={t`How it stands could not be loaded`} className="mb-3">
          {asProblem(query.error).advice}
        </Notice>
      )}
      <OutputPanel command={id} machine={target} run={run} feed={feed} />
      <div className="mt-4 flex flex-wrap items-center justify-end gap-2">
        <Button asChild className="me-auto">
          <Link to="/commands/$commandId" params={{ commandId: String(id) }} search={{ agent: target.id }}>
            <Trans>Open its page</Trans>
          </Link>
        </Button>
        {command?.state === "running" && <CancelCommand id={id} />}
        <Button variant="primary" onClick={onClose}>
          <Trans>Close</Trans>
        </Button>
      </div>
    </>
  );
}
