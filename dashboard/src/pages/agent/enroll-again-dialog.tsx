import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { createEnrollmentToken } from "@/api/calls";
import { asProblem } from "@/api/problem";
import type { Agent } from "@/api/types";
import { CopyBlock } from "@/components/copy";
import { Notice } from "@/components/notice";
import { Dialog } from "@/components/ui/dialog";
import { Skeleton } from "@/components/ui/skeleton";
import { enrollAgainCommands } from "@/pages/servers/commands";

/** A token for this very agent, with what to do on its machine. */
export function EnrollAgainDialog({ agent, onClose }: { agent: Agent; onClose: () => void }) {
  const token = useQuery({
    queryKey: ["enrollment-token", "again", agent.id],
    queryFn: () => createEnrollmentToken({ agent_id: agent.id }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t`Enroll ${agent.name} again`}
      description={t`The machine gets a new credential and keeps this agent's name and history. What it had before stops working the moment it enrolls.`}
      className="sm:w-[min(44rem,calc(100vw-2rem))]"
    >
      {token.error !== null && (
        <Notice title={t`No token could be made`} onRetry={() => void token.refetch()}>
          {asProblem(token.error).message}
        </Notice>
      )}
      {token.isPending && <Skeleton className="h-24 w-full" />}
      {token.data !== undefined && (
        <>
          <CopyBlock
            label={t`Commands to enroll again`}
            text={enrollAgainCommands(window.location.origin, token.data.token)}
          />
          <p className="mt-3 text-muted text-xs">
            <Trans>The token works once, for this agent alone, within an hour.</Trans>
          </p>
        </>
      )}
    </Dialog>
  );
}
