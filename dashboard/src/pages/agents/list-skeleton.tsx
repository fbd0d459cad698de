import { t } from "@lingui/core/macro";
import { Skeleton } from "@/components/ui/skeleton";

const ROWS = ["a", "b", "c", "d", "e", "f", "g", "h"];

/** The list before its first answer. */
export function ListSkeleton() {
  return (
    <div className="card" role="status" aria-label={t`Loading agents`}>
      {ROWS.map((row) => (
        <div key={row} className="flex h-[52px] items-center gap-6 border-b px-4 last:border-b-0">
          <Skeleton className="h-4 w-40" />
          <Skeleton className="h-4 w-16" />
          <Skeleton className="h-4 flex-1" />
          <Skeleton className="h-4 flex-1 max-sm:hidden" />
          <Skeleton className="h-4 flex-1 max-sm:hidden" />
        </div>
      ))}
    </div>
  );
}
