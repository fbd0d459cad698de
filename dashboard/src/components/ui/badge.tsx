import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

/** A small label of a fact or a tag; a text that is too long for its place is cut. */
export function Badge({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <span
      className={cn(
        "inline-flex h-5 max-w-full items-center whitespace-nowrap rounded bg-raised px-1.5 text-muted text-xs",
        className,
      )}
    >
      {typeof children === "string" ? <span className="truncate">{children}</span> : children}
    </span>
  );
}
