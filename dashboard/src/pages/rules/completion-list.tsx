import { t } from "@lingui/core/macro";
import { useEffect, useRef } from "react";
import { cn } from "@/lib/cn";
import type { Completion } from "@/lib/rule-complete";

export const optionId = (list: string, at: number) => `${list}-${at}`;

interface CompletionListProps {
  id: string;
  items: readonly Completion[];
  active: number;
  place: { left: number; top: number };
  onTake: (one: Completion) => void;
}

/** What could be written next; the keyboard stays in the field, which names the active one. */
export function CompletionList({ id, items, active, place, onTake }: CompletionListProps) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    <div
      ref={list}
      id={id}
      role="listbox"
      aria-label={t`Suggestions`}
      tabIndex={-1}
      style={place}
      className="fade-in absolute z-30 max-h-64 w-80 max-w-full overflow-y-auto rounded-lg border border-edge bg-surface p-1 shadow-lg"
      // The field must keep the keyboard, or the list would close before the press counts.
      onPointerDown={(event) => event.preventDefault()}
    >
      {items.map((one, at) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled by the field, where the keyboard is
        <div
          key={one.label}
          id={optionId(id, at)}
          role="option"
          tabIndex={-1}
          aria-selected={at === active}
          onClick={() => onTake(one)}
          className={cn(
            "touch flex cursor-default items-center gap-3 rounded-md px-2 py-1 text-xs",
            at === active ? "bg-raised" : "hover:bg-raised",
          )}
        >
          <span className="min-w-0 flex-1 truncate font-mono">{one.label}</span>
          <span className="max-w-[45%] shrink-0 truncate text-muted">{one.note}</span>
        </div>
      ))}
    </div>
  );
}
