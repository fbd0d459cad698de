import { Trans } from "@lingui/react/macro";
import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "@/lib/cn";
import { Button } from "./ui/button";

interface NoticeProps {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  /** What could be tried again, by a button in the place of another action. */
  onRetry?: (() => void) | undefined;
  className?: string;
}

/** Something went wrong: what, and what to do about it. */
export function Notice({ title, children, action, onRetry, className }: NoticeProps) {
  return (
    <div role="alert" className={cn("card flex items-start gap-3 border-bad/40 p-4", className)}>
      <CircleAlert className="mt-0.5 size-4 shrink-0 text-bad" aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="font-medium">{title}</p>
        {children !== undefined && <div className="mt-0.5 break-words text-muted">{children}</div>}
      </div>
      {onRetry === undefined ? (
        action
      ) : (
        <Button onClick={onRetry}>
          <Trans>Try again</Trans>
        </Button>
      )}
    </div>
  );
}
