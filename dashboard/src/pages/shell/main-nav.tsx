import { t } from "@lingui/core/macro";
import { Link } from "@tanstack/react-router";
import { cn } from "@/lib/cn";
import { Count } from "./count";
import { PLACES, useCounts, useHere } from "./places";

/** The way between the places of the product, on a desk. */
export function MainNav({ counting }: { counting: boolean }) {
  const counts = useCounts(counting);
  const isHere = useHere();
  return (
    <nav aria-label={t`Main`} className="flex min-w-0 flex-1 gap-1 overflow-x-auto max-lg:gap-0">
      {PLACES.map(({ to, label, icon: Icon, within }) => {
        const here = isHere({ to, within });
        return (
          <Link
            key={to}
            to={to}
            aria-current={here ? "page" : undefined}
            className={cn(
              "touch flex h-8 shrink-0 items-center gap-2 rounded-md px-2.5 font-medium text-muted hover:bg-raised hover:text-text max-lg:px-2",
              here && "text-text",
            )}
          >
            <Icon className="size-4 max-lg:hidden" aria-hidden />
            {label}
            <Count of={counts[to]} className="-ms-0.5" />
          </Link>
        );
      })}
    </nav>
  );
}
