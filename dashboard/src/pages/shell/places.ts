import { plural, t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { useLocation } from "@tanstack/react-router";
import { BellRing, ChartLine, House, LayoutDashboard, Server, SquareTerminal } from "lucide-react";
import { openCountQuery } from "@/state/alerting";
import { useDecisions } from "@/state/decisions";
import { useMay } from "@/state/session";

/**
 * The places of the product, each with the beginnings of its pages' addresses; a new place adds its line. The first
 * five stand on a phone's bar, where no more fit; the others are behind "More" there.
 */
export const PLACES = [
  { to: "/", label: t`Home`, icon: House, within: [] },
  { to: "/agents", label: t`Agents`, icon: Server, within: [] },
  { to: "/explore", label: t`Explore`, icon: ChartLine, within: [] },
  { to: "/incidents", label: t`Alerts`, icon: BellRing, within: ["/alerts", "/quiet"] },
  { to: "/commands", label: t`Response`, icon: SquareTerminal, within: ["/runbooks", "/runbook-runs"] },
  { to: "/dashboards", label: t`Dashboards`, icon: LayoutDashboard, within: [] },
] as const;

export type Place = (typeof PLACES)[number];

const ON_BAR = 5;
export const BAR_PLACES = PLACES.slice(0, ON_BAR);
export const MORE_PLACES = PLACES.slice(ON_BAR);

const below = (path: string, place: string) => path === place || (place !== "/" && path.startsWith(`${place}/`));

/** Tells whether the page that is open belongs to a place. */
export function useHere(): (place: { to: string; within: readonly string[] }) => boolean {
  const path = useLocation({ select: ({ pathname }) => pathname });
  return ({ to, within }) => below(path, to) || within.some((one) => below(path, one));
}

/** Whether a page of the settings is open, one's own account among them. */
export function useInSettings(): boolean {
  const path = useLocation({ select: ({ pathname }) => pathname });
  return below(path, "/settings") || below(path, "/account");
}

/** How much of something waits for somebody at a place, and of what. */
export type Counts = Partial<Record<string, [number, string]>>;

export function useCounts(counting: boolean): Counts {
  const { data: open = 0 } = useQuery({ ...openCountQuery, enabled: counting });
  const decides = useMay("operator");
  const awaiting = useDecisions(counting && decides);
  return {
    "/incidents": [open, plural(open, { one: "open incident", other: "open incidents" })],
    "/commands": [awaiting, t`awaiting your decision`],
  };
}
