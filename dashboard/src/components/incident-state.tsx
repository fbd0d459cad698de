import { t } from "@lingui/core/macro";
import { CircleCheck, CircleDot, UserCheck } from "lucide-react";
import { StateMark } from "./state-mark";

export type IncidentStateName = "open" | "acknowledged" | "resolved";

const LOOK = {
  open: { icon: CircleDot, color: "text-bad", text: t({ message: "Open", context: "incident" }) },
  acknowledged: { icon: UserCheck, color: "text-info", text: t({ message: "Acknowledged", context: "incident" }) },
  resolved: { icon: CircleCheck, color: "text-ok", text: t({ message: "Resolved", context: "incident" }) },
} as const;

/** Whether somebody has to look at an incident, as shape and word. */
export function IncidentState({ state, className }: { state: IncidentStateName; className?: string }) {
  return <StateMark look={LOOK[state]} text={LOOK[state].text} className={className} />;
}
