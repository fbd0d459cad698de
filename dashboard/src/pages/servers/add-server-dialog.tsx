import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { createEnrollmentToken, fetchTls, type TokenScope } from "@/api/calls";
import { asProblem } from "@/api/problem";
import { CopyBlock } from "@/components/copy";
import { Notice } from "@/components/notice";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Skeleton } from "@/components/ui/skeleton";
import { Tabs } from "@/components/ui/tabs";
import { hubNow } from "@/lib/clock";
import { formatCountdown } from "@/lib/time";
import { ArrivalLine } from "./arrival-line";
import { agentCommands, curlCommands } from "./commands";
import { ScopeForm } from "./scope-form";
import { useArrival } from "./use-arrival";

/** One token, the commands to paste, and the wait for what they bring. */
export function AddServerDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [attempt, setAttempt] = useState(0);
  const [scope, setScope] = useState<TokenScope>({});
  const [issued, setIssued] = useState<readonly number[]>([]);
  const token = useQuery({
    queryKey: ["enrollment-token", attempt, scope],
    queryFn: async () => {
      const made = await createEnrollmentToken(scope);
      // What was shown before may have been pasted already, and still lets its server in.
      setIssued((before) => [...before, made.id]);
      return made;
    },
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  const tls = useQuery({ queryKey: ["tls"], queryFn: fetchTls });
  const pins = tls.data?.pin ? tls.data : null;
  const failed = token.error ?? tls.error;
  const arrival = useArrival(issued);
  const origin = window.location.origin;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t`Add a server`}
      description={t`Paste this on the server. It dials out to this hub, so no port has to be opened there.`}
      className="sm:w-[min(44rem,calc(100vw-2rem))]"
    >
      <ScopeForm scope={scope} problem={token.error === null ? null : asProblem(token.error)} onChange={setScope} />
      {failed !== null && asProblem(failed).fields.length === 0 && (
        <Notice title={t`No command could be made`} onRetry={() => void Promise.all([token.refetch(), tls.refetch()])}>
          {asProblem(failed).message}
        </Notice>
      )}
      {failed === null && (token.isPending || tls.isPending) && <Skeleton className="h-32 w-full" />}
      {token.data !== undefined && tls.data !== undefined && (
        <>
          <div className="mb-2 sm:w-72">
            <Field
              label={t`Name (optional)`}
              placeholder={t`the host name`}
              value={name}
              maxLength={120}
              onChange={(event) => setName(event.target.value)}
            />
          </div>
          <Tabs
            label={t`How to connect`}
            tabs={[
              {
                value: "agent",
                label: t`Opsentrix agent`,
                content: (
                  <CopyBlock
                    label={t`Commands for the agent`}
                    text={agentCommands(origin, token.data.token, name.trim(), pins)}
                  />
                ),
              },
              {
                value: "curl",
                label: t`Any language (curl)`,
                content: (
                  <CopyBlock
                    label={t`Commands for curl`}
                    text={curlCommands(origin, token.data.token, name.trim(), pins)}
                  />
                ),
              },
            ]}
          />
          {pins !== null && (
            <p className="mt-3 text-muted text-xs">
              <Trans>
                This hub vouches for itself: curl checks its key by the fingerprint in the command, the agent its
                authority.
              </Trans>
            </p>
          )}
          <Expiry at={Date.parse(token.data.expires_at) / 1000} onRenew={() => setAttempt(attempt + 1)} />
          <ArrivalLine arrival={arrival} />
        </>
      )}
    </Dialog>
  );
}

/** How long the token is still good, and a new one when it no longer is. */
function Expiry({ at, onRenew }: { at: number; onRenew: () => void }) {
  const [left, setLeft] = useState(() => at - hubNow());
  useEffect(() => {
    const timer = setInterval(() => setLeft(at - hubNow()), 1000);
    setLeft(at - hubNow());
    return () => clearInterval(timer);
  }, [at]);
  if (left <= 0) {
    return (
      <p className="mt-3 flex items-center gap-3 text-bad text-xs">
        <Trans>This token has expired.</Trans>{" "}
        <Button size="sm" onClick={onRenew}>
          <Trans>Make a new one</Trans>
        </Button>
      </p>
    );
  }
  const time = formatCountdown(left);
  return (
    <p className="mt-3 text-muted text-xs">
      <Trans>
        The token works once, for one server, and expires in <span className="tnum text-text">{time}</span>.
      </Trans>
    </p>
  );
}
