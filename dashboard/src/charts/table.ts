// What a chart draws, as rows: for a file, and for who cannot see the chart.
import { medianDistance } from "@/lib/gaps";
import type { ChartSnapshot } from "./snapshot";

export interface TableColumn {
  label: string;
  /** As many as the table has times; null is "no data". */
  values: (number | null)[];
}

export interface ChartTable {
  /** Of all values: UCUM, or "%" for shares from 0 to 1. */
  unit: string;
  /** Seconds that a row stands for. */
  step: number;
  /** Unix seconds, ascending. */
  times: number[];
  columns: TableColumn[];
}

/** The points in the window, those of hidden series left out; extremes within each point stand beside its mean. */
export function tableOf({ series, state, unit }: Pick<ChartSnapshot, "series" | "state" | "unit">): ChartTable {
  const { times, raw, bands } = state.prepared;
  const rows: number[] = [];
  for (let row = 0; row < times.length; row += 1) {
    const time = times[row] ?? Number.NaN;
    // Where a line breaks there is a row without any value, which is none of the samples.
    if (time >= state.from && time <= state.to && raw.some((values) => values[row] != null)) rows.push(row);
  }
  const pick = (values: readonly (number | null)[] = []) => rows.map((row) => values[row] ?? null);
  const columns = series.flatMap(({ key, label }, index): TableColumn[] => {
    if (state.hidden.has(key)) return [];
    const band = bands[index] ?? null;
    const mean = { label, values: pick(raw[index]) };
    if (band === null) return [mean];
    const upright = (values: readonly (number | null)[]) =>
      pick(values).map((value) => (value === null || !state.mirrored.has(key) ? value : -value));
    return [
      mean,
      { label: `${label} min`, values: upright(band.min) },
      { label: `${label} max`, values: upright(band.max) },
    ];
  });
  const shown = rows.map((row) => times[row] ?? 0);
  // Samples may come more often than they have to: while somebody watches, each second.
  const step = medianDistance(shown);
  return { unit, step: Number.isNaN(step) ? state.step : step, times: shown, columns };
}

/** At most so many rows: neighbours become one row at the time of the first, with their mean. */
export function thinned(table: ChartTable, most: number): ChartTable & { joined: number } {
  const joined = Math.ceil(table.times.length / most) || 1;
  if (joined === 1) return { ...table, joined };
  const starts = table.times.flatMap((_, row) => (row % joined === 0 ? [row] : []));
  const columns = table.columns.map(({ label, values }) => ({
    label,
    values: starts.map((start) => mean(values.slice(start, start + joined))),
  }));
  return { ...table, times: starts.map((row) => table.times[row] ?? 0), columns, step: table.step * joined, joined };
}

function mean(values: readonly (number | null)[]): number | null {
  const there = values.filter((value) => value !== null);
  return there.length === 0 ? null : there.reduce((sum, value) => sum + value, 0) / there.length;
}

/** A cell of RFC 4180. A name that a spreadsheet would take for a formula becomes plain text. */
function cell(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

/** The table as CSV: times in ISO 8601 and UTC, values as plain numbers in the unit that the head names. */
export function csvOf({ unit, times, columns }: ChartTable): string {
  const scale = unit === "%" ? 100 : 1;
  const name = unit === "1" || unit === "" ? "" : ` [${unit}]`;
  const head = ["time", ...columns.map(({ label }) => cell(`${label}${name}`))];
  const number = (value: number | null | undefined) =>
    value == null ? "" : String(Number((value * scale).toPrecision(12)));
  const rows = times.map((time, row) =>
    [new Date(time * 1000).toISOString(), ...columns.map(({ values }) => number(values[row]))].join(","),
  );
  return `${[head.join(","), ...rows].join("\r\n")}\r\n`;
}
