import { t } from "@lingui/core/macro";
import type { MouseEvent, Ref } from "react";
import { cn } from "@/lib/cn";
import type { PlotSeries } from "./plot";

interface LegendProps {
  ref: Ref<HTMLUListElement>;
  series: readonly PlotSeries[];
  hidden: ReadonlySet<string>;
  onChange: (hidden: ReadonlySet<string>) => void;
}

/** The series of a chart with their values; a press hides or shows one, with Shift it shows that one alone. */
export function Legend({ ref, series, hidden, onChange }: LegendProps) {
  const press = (key: string, event: MouseEvent) => {
    const others = series.filter((one) => one.key !== key).map((one) => one.key);
    if (event.shiftKey) {
      const alone = !hidden.has(key) && others.every((other) => hidden.has(other));
      onChange(new Set(alone ? [] : others));
      return;
    }
    const next = new Set(hidden);
    if (!next.delete(key)) next.add(key);
    onChange(next);
  };
  return (
    <ul
      ref={ref}
      className="flex max-h-14 flex-wrap gap-x-1 overflow-y-auto px-2 pb-1 max-sm:max-h-none max-sm:flex-nowrap max-sm:overflow-x-auto"
    >
      {series.map(({ key, label, color }) => (
        <li key={key} className="shrink-0">
          <button
            type="button"
            aria-pressed={!hidden.has(key)}
            title={
              hidden.has(key)
                ? t`${label}: press to show, Shift to show alone`
                : t`${label}: press to hide, Shift to show alone`
            }
            onClick={(event) => press(key, event)}
            className={cn(
              "touch flex h-6 items-center gap-1.5 rounded px-1.5 text-muted text-xs hover:bg-raised",
              hidden.has(key) && "line-through opacity-60",
            )}
          >
            <span className="size-2 rounded-[2px]" style={{ background: `var(--${color})` }} />
            <span className="max-w-40 truncate">{label}</span>
            <span data-value className="tnum font-medium text-text">
              –
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
