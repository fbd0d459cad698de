import type { SeriesColor } from "@/charts/palette";
import type { ChartMode } from "@/charts/prepare";

type Labels = Record<string, string>;

/** How series are picked for a chart and how they look. */
export interface Pick {
  metric: string;
  /** Labels that must match; null means that the label must be absent. */
  where?: Record<string, string | null>;
  label?: (labels: Labels) => string;
  color?: (labels: Labels) => SeriesColor | undefined;
  faint?: (labels: Labels) => boolean;
}

export interface Plan {
  id: string;
  title: string;
  mode: ChartMode;
  picks: Pick[];
  /** Labels of series drawn downwards. */
  downwards?: (labels: Labels) => boolean;
  fixedTop?: number;
  /** The order of a label's values, from the bottom of a stack up. */
  order?: { label: string; values: readonly string[] };
}

/** The value of one label. */
export const by =
  (label: string) =>
  (labels: Labels): string =>
    labels[label] ?? "";

/** The values of some labels, in this order. */
export const byAll =
  (...names: string[]) =>
  (labels: Labels): string =>
    names
      .map((name) => labels[name] ?? "")
      .filter((value) => value !== "")
      .join(" ");

/** A metric without labels, or with one that tells its series apart. */
export const line = (metric: string, label: string | ((labels: Labels) => string)): Pick => ({
  metric,
  label: typeof label === "string" ? () => label : label,
});

/** What goes out is drawn downwards. */
export const outwards = (labels: Labels): boolean =>
  labels.direction === "write" || labels.direction === "transmit" || labels.direction === "out";
