import { useQuery } from "@tanstack/react-query";
import { Link, useLocation } from "@tanstack/react-router";
import { BellRing, ChartLine, House, LayoutDashboard, Server, SquareTerminal } from "lucide-react";
import { cn } from "@/lib/cn";
import { openCountQuery } from "@/state/alerting";
import { useDecisions } from "@/state/decisions";
import { useMay } from "@/state/session";

/** The places of the product, each with the beginnings of its pages' addresses; a new page adds its line. */
const NAVIGATION = [
  { to: "/", label: "Home", icon: House, within: [] },
  { to: "/agents", label: "Agents", icon: Server, within: [] },
  { to: "/explore", label: "Explore", icon: ChartLine, within: [] },
  { to: "/dashboards", label: "Dashboards", icon: LayoutDashboard, within: [] },
  { to: "/incidents", label: "Alerts", icon: BellRing, within: ["/incidents", "/alerts", "/quiet"] },
  { to: "/commands", label: "Response", icon: SquareTerminal, within: ["/runbooks", "/runbook-runs"] },
] as const;

/** The way between the places of the product. */
export function MainNav({ counting }: { counting: boolean }) {
  const { data: open = 0 } = useQuery({ ...openCountQuery, enabled: counting });
  const decides = useMay("operator");
  const awaiting = useDecisions(counting && decides);
  const counts: Partial<Record<string, [number, string]>> = {
    "/incidents": [open, open === 1 ? "open incident" : "open incidents"],
    "/commands": [awaiting, "awaiting your decision"],
  };
  const path = useLocation({ select: ({ pathname }) => pathname });
  return (
    <nav aria-label="Main" className="flex min-w-0 flex-1 gap-1 overflow-x-auto max-sm:gap-0">
      {NAVIGATION.map(({ to, label, icon: Icon, within }) => {
        const here =
          path === to ||
          (to !== "/" && path.startsWith(`${to}/`)) ||
          within.some((one) => path === one || path.startsWith(`${one}/`));
        return (
          <Link
            key={to}
            to={to}
            aria-current={here ? "page" : undefined}
            className={cn(
              "touch flex h-8 shrink-0 items-center gap-2 rounded-md px-2.5 font-medium text-muted hover:bg-raised hover:text-text max-sm:gap-1 max-sm:px-1.5 max-sm:text-xs",
              here && "text-text",
            )}
          >
            <Icon className="size-4 max-sm:hidden" aria-hidden />
            {label}
            <Count of={counts[to]} />
          </Link>
        );
      })}
    </nav>
  );
}

/** How much of something waits for somebody; nothing for none. */
function Count({ of: [count, what] = [0, ""] }: { of: [number, string] | undefined }) {
  if (count === 0) return null;
  return (
    <span className="tnum -ml-0.5 grid h-[1.125rem] min-w-[1.125rem] place-items-center rounded-full bg-bad px-1 font-semibold text-2xs text-white dark:text-black">
      {count > 99 ? "99+" : count}
      <span className="sr-only"> {what}</span>
    </span>
  );
}
