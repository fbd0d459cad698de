import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { ShieldOff } from "lucide-react";
import { useState } from "react";
import { asProblem } from "@/api/problem";
import { closeBreaker } from "@/api/runbooks";
import type { Runbook } from "@/api/types";
import { FormProblem } from "@/components/entry";
import { RoleTooltip } from "@/components/role-note";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { cn } from "@/lib/cn";
import { formatAgo } from "@/lib/time";
import { useGoverns } from "@/state/session";
import { refreshRunbooks } from "@/state/waiting-runs";
import { sentence } from "./editor-context";

interface BreakerNoticeProps {
  runbook: Runbook;
  now: number;
  className?: string;
}

/** A runbook stopped itself: why, and the way to let it act again. */
export function BreakerNotice({ runbook: { id, name, breaker }, now, className }: BreakerNoticeProps) {
  const governs = useGoverns();
  const [closing, setClosing] = useState(false);
  return (
    <div
      role="alert"
      className={cn(
        "flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg border border-bad/40 bg-bad/8 px-3.5 py-2.5",
        className,
      )}
    >
      <ShieldOff className="size-5 shrink-0 text-bad" aria-hidden />
      <p className="min-w-0 flex-1 basis-60">
        <span className="font-semibold text-bad">
          <Trans>It stopped itself</Trans>
        </span>
        {breaker.at !== null && <span className="tnum text-muted text-xs"> {formatAgo(breaker.at, now)}</span>}
        <span className="block break-words">
          {breaker.why !== "" && `${sentence(breaker.why)} `}
          <Trans>It does nothing by itself until the breaker is closed.</Trans>
        </span>
      </p>
      <RoleTooltip may={governs} needed="admin" everywhere what={t`Closing the breaker`}>
        <Button disabled={!governs} onClick={() => setClosing(true)}>
          <Trans>
            Close breaker<span className="sr-only"> of {name}</span>
          </Trans>
        </Button>
      </RoleTooltip>
      {closing && <CloseDialog id={id} name={name} onClose={() => setClosing(false)} />}
    </div>
  );
}

function CloseDialog({ id, name, onClose }: { id: number; name: string; onClose: () => void }) {
  const close = useMutation({
    mutationFn: (reason: string) => closeBreaker(id, reason),
    onSuccess: async () => {
      await refreshRunbooks();
      onClose();
    },
  });
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t`Let ${name} act again?`}
      description={t`Make sure first that what it does can help: it stopped because it did not. It counts from zero again.`}
      className="sm:w-[28rem]"
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          close.mutate(String(new FormData(event.currentTarget).get("reason")).trim());
        }}
      >
        <FormProblem text={close.error === null ? null : asProblem(close.error).advice} />
        <Field
          label={t`Why`}
          name="reason"
          maxLength={256}
          autoComplete="off"
          placeholder={t`nginx had a wrong setting`}
        />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" variant="primary" disabled={close.isPending}>
            <Trans>Close breaker</Trans>
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
