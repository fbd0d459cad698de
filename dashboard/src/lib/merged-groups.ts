import type { Line } from "./explore";
import type { TimeWindow } from "./range";

/** What one query came to. */
interface Answer {
  window: TimeWindow;
  step: number;
  unit: string;
  lines: readonly Line[];
  total: number;
}

export interface MergedGroups extends Answer {
  lines: Line[];
  /** The queries whose values have another unit than those of the first: they cannot share its axis. */
  undrawn: { query: number; unit: string }[];
}

/** What several queries came to, to be drawn together; null while none has an answer. */
export function mergedGroups(answers: readonly (Answer | undefined)[]): MergedGroups | null {
  const there = answers.flatMap((answer, query) => (answer === undefined ? [] : [{ ...answer, query }]));
  const first = there.find(({ lines }) => lines.length > 0) ?? there[0];
  if (first === undefined) return null;
  const drawn = there.filter(({ unit, lines }) => unit === first.unit || lines.length === 0);
  return {
    // Each was asked a moment after the other.
    window: { from: first.window.from, to: Math.max(...drawn.map(({ window }) => window.to)) },
    step: Math.min(...drawn.map(({ step }) => step)),
    unit: first.unit,
    total: drawn.reduce((sum, { total }) => sum + total, 0),
    lines: drawn.flatMap(({ lines, query }) => lines.map((line) => ({ ...line, key: `${query} ${line.key}` }))),
    undrawn: there.filter((one) => !drawn.includes(one)).map(({ query, unit }) => ({ query, unit })),
  };
}

/** Which query a line comes from. */
export function queryOf({ key }: Line): number {
  return Number.parseInt(key, 10);
}
