import { t } from "@lingui/core/macro";
import { Lock } from "lucide-react";
import type { ReactNode } from "react";
import { type RoleName, rolesFor } from "@/lib/access";
import { cn } from "@/lib/cn";
import { Tooltip } from "./ui/tooltip";

interface NeedsRoleProps {
  needed: RoleName;
  /** Whether it takes somebody who sees all agents. */
  everywhere?: boolean;
  /** What cannot be done without it, at the beginning of a sentence: "Adding a server". */
  what: string;
}

function needText(what: string, needed: RoleName, everywhere: boolean): string {
  const roles = rolesFor(needed);
  return everywhere ? t`${what} needs ${roles} of all agents.` : t`${what} needs ${roles}.`;
}

/** One line that says which role something needs; for the place beside controls that are disabled for want of it. */
export function RoleNote({ needed, what, everywhere = false, className }: NeedsRoleProps & { className?: string }) {
  return (
    <span className={cn("inline-flex items-center gap-1.5 text-muted text-xs", className)}>
      <Lock className="size-3 shrink-0" aria-hidden />
      {needText(what, needed, everywhere)}
    </span>
  );
}

interface RoleTooltipProps extends NeedsRoleProps {
  may: boolean;
  children: ReactNode;
}

/** A single control that is disabled for want of a role, with the reason on it; children alone where `may`. */
export function RoleTooltip({ may, needed, what, everywhere = false, children }: RoleTooltipProps) {
  if (may) return children;
  return (
    <Tooltip text={needText(what, needed, everywhere)}>
      {/* A disabled button has no events; the explanation hangs on what surrounds it. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard must reach the explanation too */}
      <span tabIndex={0}>{children}</span>
    </Tooltip>
  );
}
