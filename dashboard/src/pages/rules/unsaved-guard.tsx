import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useBlocker } from "@tanstack/react-router";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";

const LOSSES = {
  rule: t`What you changed in this rule is lost.`,
  runbook: t`What you changed in this runbook is lost.`,
  dashboard: t`What you changed in this dashboard is lost.`,
};

interface UnsavedGuardProps {
  dirty: () => boolean;
  what?: keyof typeof LOSSES;
  /** Whether an address is beyond what is being changed. */
  leaves?: (next: { pathname: string; search: unknown }) => boolean;
}

/** Asks before a page is left whose changes are not saved. */
export function UnsavedGuard({ dirty, what = "rule", leaves = () => true }: UnsavedGuardProps) {
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: ({ next }) => dirty() && leaves(next),
    enableBeforeUnload: dirty,
    withResolver: true,
  });
  if (status !== "blocked") return null;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && reset()}
      title={t`Leave without saving?`}
      description={LOSSES[what]}
      className="sm:w-[26rem]"
    >
      <div className="mt-3 flex justify-end gap-2">
        <Button onClick={reset}>
          <Trans>Stay</Trans>
        </Button>
        <Button variant="danger" onClick={proceed}>
          <Trans>Discard changes</Trans>
        </Button>
      </div>
    </Dialog>
  );
}
