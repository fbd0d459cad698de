import { cn } from "@/lib/cn";

/** From here on a share of a resource deserves attention, and from here on it is nearly used up. */
const WARN = 0.8;
const BAD = 0.92;

/** A share (0 to 1) as a bar, empty where it is not known; the number stands beside it, so the colour only supports it. */
export function Meter({ value, className }: { value: number | null; className?: string }) {
  const share = Math.min(1, Math.max(0, value || 0));
  const color = share >= BAD ? "bg-bad" : share >= WARN ? "bg-warn" : "bg-c1";
  return (
    <span aria-hidden className={cn("block h-1.5 overflow-hidden rounded-full bg-raised", className)}>
      <span className={cn("block h-full rounded-full", color)} style={{ width: `${share * 100}%` }} />
    </span>
  );
}
