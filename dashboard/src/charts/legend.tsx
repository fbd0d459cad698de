import { t } from "@lingui/core/macro";
import type { MouseEvent, Ref } from "react";
import { cn } from "@/lib/cn";
import type { DisplayUnit } from "@/lib/units";
import type { PlotSeries } from "./plot";

interface LegendProps {
  ref: Ref<HTMLUListElement>;
  series: readonly PlotSeries[];
  unit: DisplayUnit;
  hidden: ReadonlySet<string>;
  onChange: (hidden: ReadonlySet<string>) => void;
}

/** In pixels, as wide as most values of a unit: entries keep their places, and rows their number, while values change. */
function valueWidth(unit: DisplayUnit): number {
  if (unit.endsWith("/s")) return 66;
  return unit.startsWith("By") ? 54 : 42;
}

/** In pixels: what stands in an entry besides its name and its value, and a letter of its name. */
const ENTRY_PX = 38;
const LETTER_PX = 6.2;
const LONGEST_NAME_PX = 160;

/** How many rows a legend will have in a card of this width, about. */
export function legendRows(series: readonly PlotSeries[], unit: DisplayUnit, width: number): 1 | 2 {
  let needed = 0;
  for (const { label } of series) {
    needed += Math.min(LONGEST_NAME_PX, label.length * LETTER_PX) + valueWidth(unit) + ENTRY_PX;
  }
  return needed > width ? 2 : 1;
}

/** The series of a chart with their values; a press hides or shows one, with Shift it shows that one alone. */
export function Legend({ ref, series, unit, hidden, onChange }: LegendProps) {
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
            <span data-value className="tnum text-start font-medium text-text" style={{ minWidth: valueWidth(unit) }}>
              –
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
