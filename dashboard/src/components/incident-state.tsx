import { t } from "@lingui/core/macro";
import { CircleCheck, CircleDot, UserCheck } from "lucide-react";
import { StateMark } from "./state-mark";

export type IncidentStateName = "open" | "acknowledged" | "resolved";

const LOOK = {
  open: { icon: CircleDot, color: "text-bad", text: t`Open` },
  acknowledged: { icon: UserCheck, color: "text-info", text: t`Acknowledged` },
  resolved: { icon: CircleCheck, color: "text-ok", text: t`Resolved` },
} as const;

/** Whether somebody has to look at an incident, as shape and word. */
export function IncidentState({ state, className }: { state: IncidentStateName; className?: string }) {
  return <StateMark look={LOOK[state]} text={LOOK[state].text} className={className} />;
}
