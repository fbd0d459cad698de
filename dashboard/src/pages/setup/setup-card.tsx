import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { X } from "lucide-react";
import { Button } from "@/components/ui/button";
import { putSetupAside } from "@/state/setup";
import { SetupSteps } from "./setup-steps";
import type { Setup } from "./use-setup";

/** The first steps above the home page, until they are done or put aside. */
export function SetupCard({ setup: { steps, facts } }: { setup: Setup }) {
  const left = steps.filter((one) => !one.done);
  const total = steps.length;
  const done = total - left.length;
  return (
    <section aria-label={t`First steps`} className="card mb-4 overflow-hidden">
      <div className="flex items-center gap-3 py-2 pe-2 ps-4">
        <h2 className="font-semibold">
          <Trans>What next</Trans>
        </h2>
        <p className="tnum flex-1 text-muted text-xs">
          <Trans>
            {done} of {total} done
          </Trans>
        </p>
        <Button variant="ghost" size="icon" aria-label={t`Put the first steps aside`} onClick={putSetupAside}>
          <X className="size-4" aria-hidden />
        </Button>
      </div>
      <SetupSteps
        steps={[...left, ...steps.filter((one) => one.done)]}
        facts={facts}
        className="flex flex-col border-t max-sm:divide-y sm:grid sm:grid-cols-2 xl:grid-cols-5"
      />
    </section>
  );
}
