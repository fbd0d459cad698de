import { t } from "@lingui/core/macro";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import type { Crosshair } from "@/charts/crosshair";
import { SERIES_COLORS, type SeriesColor } from "@/charts/palette";
import type { PlotSeries } from "@/charts/plot";
import { colored, earlierKey, frameOf, HeldFrame, type Line } from "@/lib/explore";
import type { TimeMark } from "@/lib/marks";
import type { DisplayUnit } from "@/lib/units";
import { ChartPanel } from "@/pages/chart/chart-panel";
import type { Groups } from "./use-groups";
import { compareWord } from "./words";

/** The last colour is grey: all those share it that could not be told apart by yet another one. */
const TOLD_APART = SERIES_COLORS.length - 1;
const GREY = SERIES_COLORS[TOLD_APART] ?? "c8";

/** The colour of each group, the same for as long as it is there. */
export function useColors(lines: readonly Line[]): (key: string) => SeriesColor {
  const held = useRef<ReadonlyMap<string, number>>(new Map());
  return useMemo(() => {
    const keys = lines.map(({ key }) => key);
    const colors = colored(keys, held.current, TOLD_APART);
    held.current = colors;
    return (key) => SERIES_COLORS[colors.get(key) ?? -1] ?? GREY;
  }, [lines]);
}

interface GroupChartProps {
  title: string;
  groups: Groups;
  unit: DisplayUnit;
  /** How many seconds earlier the time is that a line is held against; 0 for none. */
  compareOf: (line: Line) => number;
  nameOf: (line: Line) => string;
  colorOf: (key: string) => SeriesColor;
  solo: string | null;
  crosshair: Crosshair;
  marks?: readonly TimeMark[];
  onZoom: (from: number, to: number) => void;
  onReset: () => void;
  height?: number | "fill";
  /** Whether the chart says itself which line is which. */
  legend?: boolean;
  stacked?: boolean;
  aside?: ReactNode;
}

/** The groups over time; those of an earlier time dashed behind them. */
export function GroupChart(props: GroupChartProps) {
  const { title, groups, unit, compareOf, nameOf, colorOf, solo, crosshair, marks, onZoom, onReset } = props;
  const { height = 280, legend = false, stacked = false, aside } = props;
  const [source] = useState(() => new HeldFrame());
  useEffect(() => source.put(frameOf(groups.lines, { ...groups.window, step: groups.step })), [source, groups]);
  const wanted = drawnSeries(groups.lines, { compareOf, nameOf, colorOf, solo });
  // The chart is built anew for other series only, not for each answer.
  const described = JSON.stringify(wanted);
  const series = useMemo<PlotSeries[]>(() => JSON.parse(described), [described]);
  return (
    <ChartPanel
      title={title}
      unit={unit}
      mode={stacked ? "stack" : "line"}
      series={series}
      legend={legend}
      source={source}
      crosshair={crosshair}
      height={height}
      aside={aside}
      {...(marks !== undefined && { marks })}
      onZoom={onZoom}
      onReset={onReset}
    />
  );
}

function drawnSeries(
  lines: readonly Line[],
  { compareOf, nameOf, colorOf, solo }: Pick<GroupChartProps, "compareOf" | "nameOf" | "colorOf" | "solo">,
): PlotSeries[] {
  const shown = solo === null ? lines : lines.filter(({ key }) => key === solo);
  const inOrder = [...shown].sort((one, other) => (one.key < other.key ? -1 : 1));
  const now = inOrder.map((line): PlotSeries => {
    const color = colorOf(line.key);
    return { key: line.key, label: nameOf(line), color: solo !== null && color === GREY ? "c1" : color };
  });
  const then = inOrder.flatMap((line, at): PlotSeries[] => {
    const [one, compare] = [now[at], compareOf(line)];
    if (one === undefined || compare === 0) return [];
    const [{ label }, time] = [one, compareWord(compare)];
    return [{ ...one, key: earlierKey(one.key), label: t`${label}, ${time} earlier`, dashed: true }];
  });
  // Grey ones come first, so that the others lie on top of them.
  const all = [...then, ...now];
  return [...all.filter(({ color }) => color === GREY), ...all.filter(({ color }) => color !== GREY)];
}
