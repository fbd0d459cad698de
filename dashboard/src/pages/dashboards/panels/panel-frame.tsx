import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import type { ReactNode } from "react";
import { asProblem } from "@/api/problem";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";

interface PanelFrameProps {
  title: string;
  aside: ReactNode;
  className?: string;
  children: ReactNode;
}

/** What surrounds a panel: its title with what can be done, and room for the rest. */
export function PanelFrame({ title, aside, className, children }: PanelFrameProps) {
  return (
    <section aria-label={title} className="card flex h-full min-w-0 flex-col overflow-hidden">
      <div className="flex min-h-9 items-center gap-2 px-3.5 pt-1.5">
        <h3 className="min-w-0 flex-1 truncate font-medium">{title}</h3>
        {aside}
      </div>
      <div className={cn("min-h-0 flex-1", className)}>{children}</div>
    </section>
  );
}

/** Why a panel has nothing to show, and what to do. */
export function PanelProblem({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const problem = asProblem(error);
  const tooMany = problem.about("by");
  return (
    <div className="grid h-full place-content-center justify-items-center gap-2 p-3 text-center">
      <p className="text-muted">
        {tooMany === undefined
          ? problem.advice
          : t`This ${tooMany}. Choose fewer machines, one value of a label, or group by less.`}
      </p>
      <Button size="sm" onClick={onRetry}>
        <Trans>Try again</Trans>
      </Button>
    </div>
  );
}

/** A panel without values. */
export function PanelNothing({ children }: { children: ReactNode }) {
  return <p className="grid h-full place-content-center p-3 text-center text-muted">{children}</p>;
}
