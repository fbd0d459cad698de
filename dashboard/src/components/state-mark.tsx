import type { LucideIcon } from "lucide-react";
import { cn } from "@/lib/cn";

/** How a state looks. */
export interface Look {
  icon: LucideIcon;
  color: string;
}

interface StateMarkProps {
  look: Look;
  text: string;
  spin?: boolean;
  /** A smaller shape, for what stands beside other words. */
  small?: boolean;
  className?: string | undefined;
}

/** A state as shape and word, never as a colour alone. */
export function StateMark({ look: { icon: Icon, color }, text, spin, small, className }: StateMarkProps) {
  return (
    <span className={cn("inline-flex items-center gap-1.5 whitespace-nowrap font-medium text-xs", color, className)}>
      <Icon className={cn("shrink-0", small ? "size-3.5" : "size-4", spin && "animate-spin")} aria-hidden />
      {text}
    </span>
  );
}
