/** A line and the area under it as SVG paths. */
export interface SparklinePath {
  line: string;
  area: string;
}

/**
 * Draws the values over their times into a box of width x height. Null breaks the line: no data is not zero.
 *
 * @param max the value at the top; the largest value when left out.
 */
export function sparklinePath(
  times: readonly number[],
  values: readonly (number | null)[],
  width: number,
  height: number,
  max?: number,
): SparklinePath {
  const first = times[0] ?? 0;
  const span = Math.max(1, (times[times.length - 1] ?? 0) - first);
  const top = max ?? Math.max(1e-9, ...values.map((value) => value ?? 0));
  let line = "";
  let area = "";
  let runStart = Number.NaN;
  let x = 0;
  const close = () => {
    if (!Number.isNaN(runStart)) area += `L${x.toFixed(1)} ${height}L${runStart.toFixed(1)} ${height}Z`;
    runStart = Number.NaN;
  };
  for (let index = 0; index < times.length; index += 1) {
    const value = values[index] ?? null;
    if (value === null) {
      close();
      continue;
    }
    x = (((times[index] ?? first) - first) / span) * width;
    const y = height - 1 - Math.min(1, Math.max(0, value / top)) * (height - 2);
    const command = Number.isNaN(runStart) ? "M" : "L";
    if (command === "M") runStart = x;
    const point = `${command}${x.toFixed(1)} ${y.toFixed(1)}`;
    line += point;
    area += point;
  }
  close();
  return { line, area };
}
