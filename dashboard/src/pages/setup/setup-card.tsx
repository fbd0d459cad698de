import { X } from "lucide-react";
import { Button } from "@/components/ui/button";
import { putSetupAside } from "@/state/setup";
import { SetupSteps } from "./setup-steps";
import type { Setup } from "./use-setup";

/** The first steps above the home page, until they are done or put aside. */
export function SetupCard({ setup: { steps, facts } }: { setup: Setup }) {
  const done = steps.filter((one) => one.done);
  const left = steps.filter((one) => !one.done);
  return (
    <section aria-label="First steps" className="card mb-4 overflow-hidden">
      <div className="flex items-center gap-3 py-2 pr-2 pl-4">
        <h2 className="font-semibold">What next</h2>
        <p className="tnum flex-1 text-muted text-xs">
          {done.length} of {steps.length} done
        </p>
        <Button variant="ghost" size="icon" aria-label="Put the first steps aside" onClick={putSetupAside}>
          <X className="size-4" aria-hidden />
        </Button>
      </div>
      <SetupSteps
        steps={[...left, ...done]}
        facts={facts}
        className="flex flex-col border-t max-sm:divide-y sm:grid sm:grid-cols-2 xl:grid-cols-5"
      />
    </section>
  );
}
