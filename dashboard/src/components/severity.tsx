import { t } from "@lingui/core/macro";
import { Info, OctagonAlert, TriangleAlert } from "lucide-react";
import { cn } from "@/lib/cn";
import type { SeverityName } from "@/lib/severities";
import { StateMark } from "./state-mark";

const LOOK = {
  critical: { icon: OctagonAlert, color: "text-bad", text: t`Critical` },
  warning: { icon: TriangleAlert, color: "text-warn", text: t`Warning` },
  info: { icon: Info, color: "text-info", text: t`Info` },
} as const;

/** The shape of a severity: each has its own, so that nobody needs the colour to tell them apart. */
export function SeverityIcon({ severity, className }: { severity: SeverityName; className?: string }) {
  const { icon: Icon, color } = LOOK[severity];
  return <Icon className={cn("size-4 shrink-0", color, className)} aria-hidden />;
}

/** How bad something is, as shape and word. */
export function Severity({ severity, className }: { severity: SeverityName; className?: string }) {
  return <StateMark look={LOOK[severity]} text={LOOK[severity].text} small className={className} />;
}
