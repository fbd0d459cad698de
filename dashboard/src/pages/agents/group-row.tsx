import { ChevronDown, ChevronRight } from "lucide-react";
import { cn } from "@/lib/cn";
import { type Grouping, groupTitle } from "@/lib/fleet-groups";
import { formatCount } from "@/lib/language";

interface GroupRowProps {
  row: { name: string; count: number; collapsed: boolean };
  by: Grouping;
  position: number;
  /** Whether it stands in the table, and not above cards. */
  table: boolean;
  onToggle: (name: string) => void;
}

/** The title of a group in the list, which opens and shuts it. */
export function GroupRow({ row: { name, count, collapsed }, by, position, table, onToggle }: GroupRowProps) {
  const Icon = collapsed ? ChevronRight : ChevronDown;
  return (
    <div role="row" aria-rowindex={position} className={cn("h-full", table && "border-b bg-raised/50")}>
      <div role="cell" aria-colspan={8} className="h-full">
        <button
          type="button"
          aria-expanded={!collapsed}
          onClick={() => onToggle(name)}
          className="flex h-full w-full items-center gap-2 px-3 text-start hover:text-text"
        >
          <Icon className="size-4 shrink-0 text-muted" aria-hidden />
          <span className="truncate font-semibold">{groupTitle(name, by)}</span>
          <span className="tnum text-muted text-xs">{formatCount(count)}</span>
        </button>
      </div>
    </div>
  );
}
