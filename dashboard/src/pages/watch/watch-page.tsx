import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { asProblem } from "@/api/problem";
import { Notice } from "@/components/notice";
import { RoleNote } from "@/components/role-note";
import { Skeleton } from "@/components/ui/skeleton";
import { isEverything } from "@/lib/access";
import { useUser } from "@/state/session";
import { CanaryCard } from "./canary-card";
import { Checks } from "./checks";
import { DeadManCard } from "./deadman-card";
import { watchQuery } from "./queries";
import { Verdict } from "./verdict";

/** Is anybody watching? The hub's own health, and whether its alerts reach people. */
export function WatchPage() {
  const everywhere = isEverything(useUser().scope);
  useEffect(() => {
    document.title = t`Watch · Opsentrix`;
  }, []);
  return (
    <div className="mx-auto flex max-w-5xl flex-col gap-4">
      <div>
        <h1 className="font-semibold text-xl tracking-tight">
          <Trans>Is anybody watching?</Trans>
        </h1>
        <p className="max-w-prose text-muted">
          <Trans>
            How the hub itself does, whether an alert still reaches the other end, and who would notice if it did not.
          </Trans>
        </p>
      </div>
      {everywhere ? <Content /> : <RoleNote needed="viewer" everywhere what={t`Looking at the hub`} />}
    </div>
  );
}

function Content() {
  const watch = useQuery(watchQuery);
  if (watch.isPending) return <Skeleton className="h-96 w-full" />;
  if (watch.data === undefined) {
    return (
      <Notice title={t`The hub's own health could not be loaded`} onRetry={() => void watch.refetch()}>
        {asProblem(watch.error).message}
      </Notice>
    );
  }
  return (
    <>
      <Verdict watch={watch.data} />
      <CanaryCard canary={watch.data.canary} />
      <DeadManCard deadman={watch.data.deadman} />
      <Checks checks={watch.data.checks} />
    </>
  );
}
