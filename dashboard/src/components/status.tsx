import { t } from "@lingui/core/macro";
import { cn } from "@/lib/cn";

export type StatusName = "online" | "offline" | "error" | "maintenance" | "never seen";

const TEXT: Record<StatusName, string> = {
  online: t`Online`,
  offline: t`Offline`,
  error: t`Error`,
  maintenance: t`Maintenance`,
  "never seen": t({ message: "Never seen", context: "agent" }),
};

const COLOR: Record<StatusName, string> = {
  online: "text-ok",
  offline: "text-bad",
  error: "text-bad",
  maintenance: "text-info",
  "never seen": "text-muted",
};

/** The shape of a status: each differs in form as well, so that nobody needs the colour to tell them apart. */
export function StatusShape({ status, className }: { status: StatusName; className?: string }) {
  return (
    <svg viewBox="0 0 12 12" aria-hidden className={cn("size-3 shrink-0", COLOR[status], className)}>
      {status === "online" && <circle cx="6" cy="6" r="4" fill="currentColor" />}
      {status === "offline" && <circle cx="6" cy="6" r="3.5" fill="none" stroke="currentColor" strokeWidth="1.8" />}
      {status === "error" && <path d="M6 1.2 11 10.5H1Z" fill="currentColor" />}
      {status === "maintenance" && <path d="M6 0.8 11.2 6 6 11.2 0.8 6Z" fill="currentColor" />}
      {status === "never seen" && (
        <circle cx="6" cy="6" r="3.5" fill="none" stroke="currentColor" strokeWidth="1.6" strokeDasharray="2.2 1.6" />
      )}
    </svg>
  );
}

/** A status as shape and word. An agent that was never heard from is offline for the API; people are told which. */
export function Status({ status, className }: { status: StatusName; className?: string }) {
  return (
    <span
      className={cn("inline-flex items-center gap-1.5 whitespace-nowrap font-medium text-xs", COLOR[status], className)}
    >
      <StatusShape status={status} />
      {TEXT[status]}
    </span>
  );
}

/** The status to show for what the API says. */
export function statusName(
  status: "online" | "offline" | "error" | "maintenance",
  lastHeartbeat: string | null,
): StatusName {
  return status === "offline" && lastHeartbeat === null ? "never seen" : status; // not a text
}
