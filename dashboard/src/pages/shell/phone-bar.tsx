import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { Ellipsis } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { cn } from "@/lib/cn";
import { Count } from "./count";
import { BAR_PLACES, MORE_PLACES, useCounts, useHere } from "./places";

const MoreSheet = lazy(() => import("./more-sheet").then((module) => ({ default: module.MoreSheet })));

const SPOT =
  "relative flex min-w-0 flex-1 flex-col items-center justify-center gap-0.5 font-medium text-2xs text-muted outline-offset-[-3px] low:gap-0 low:leading-3";

/** The same way on a phone: at its lower edge, where the thumb is. */
export function PhoneBar({ counting, onLogOut }: { counting: boolean; onLogOut: () => void }) {
  const counts = useCounts(counting);
  const isHere = useHere();
  const [more, setMore] = useState(false);
  const elsewhere = !BAR_PLACES.some(isHere);
  return (
    <nav
      aria-label={t`Main`}
      className="fixed inset-x-0 bottom-0 z-30 flex h-(--bar) border-t bg-surface px-[env(safe-area-inset-left)] pb-[env(safe-area-inset-bottom)] print:hidden"
    >
      {BAR_PLACES.map(({ to, label, icon: Icon, within }) => {
        const here = isHere({ to, within });
        return (
          <Link key={to} to={to} aria-current={here ? "page" : undefined} className={cn(SPOT, here && "text-accent")}>
            <Mark here={here}>
              <Icon className="size-5" aria-hidden />
            </Mark>
            <span className="max-w-full truncate">{label}</span>
            <Count of={counts[to]} className="absolute top-0.5 left-1/2 ms-1.5 border border-surface" />
          </Link>
        );
      })}
      <button
        type="button"
        aria-haspopup="dialog"
        aria-expanded={more}
        onClick={() => setMore(true)}
        className={cn(SPOT, elsewhere && "text-accent")}
      >
        <Mark here={elsewhere}>
          <Ellipsis className="size-5" aria-hidden />
        </Mark>
        <Trans>More</Trans>
      </button>
      {more && (
        <Suspense fallback={null}>
          <MoreSheet places={MORE_PLACES} onLogOut={onLogOut} onClose={() => setMore(false)} />
        </Suspense>
      )}
    </nav>
  );
}

/** The place that is open stands out by more than its colour. */
function Mark({ here, children }: { here: boolean; children: React.ReactNode }) {
  return (
    <span className={cn("rounded-full px-3.5 py-0.5 low:py-0 low:[&_svg]:size-4", here && "bg-accent/15")}>
      {children}
    </span>
  );
}
