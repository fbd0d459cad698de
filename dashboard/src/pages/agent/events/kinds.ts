import { t } from "@lingui/core/macro";
import {
  BellRing,
  BookOpen,
  CircleArrowUp,
  Disc,
  History,
  type LucideIcon,
  RotateCw,
  SlidersHorizontal,
  SquareTerminal,
  StickyNote,
  Unplug,
} from "lucide-react";
import type { EventKindName } from "@/lib/agent-events";

/** How each kind of event is called in the filter, and its shape. */
export const KINDS: Record<EventKindName, { label: string; icon: LucideIcon }> = {
  alert: { label: t`Alerts`, icon: BellRing },
  restart: { label: t`Restarts`, icon: RotateCw },
  command: { label: t`Commands`, icon: SquareTerminal },
  runbook: { label: t`Runbooks`, icon: BookOpen },
  annotation: { label: t`Notes and deployments`, icon: StickyNote },
  configuration: { label: t`Configuration`, icon: SlidersHorizontal },
  upgrade: { label: t`Upgrades`, icon: CircleArrowUp },
  gap: { label: t`Gaps`, icon: Unplug },
  recording: { label: t`Recordings`, icon: Disc },
  change: { label: t`Changes by people`, icon: History },
};
