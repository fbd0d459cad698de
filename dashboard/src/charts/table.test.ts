import { expect, it } from "vitest";
import type { ChartFrame } from "@/lib/frame";
import type { PlotState } from "./plot";
import { prepare } from "./prepare";
import { csvOf, tableOf, thinned } from "./table";

const NAN = Number.NaN;
const SERIES = [
  { key: "a", label: "user", color: "c1" },
  { key: "b", label: "=cmd,|x", color: "c2" },
] as const;

function stateOf(over: Partial<ChartFrame>, hidden: string[] = [], mirrored: string[] = []): PlotState {
  const frame: ChartFrame = {
    from: 0,
    to: 100,
    step: 1,
    times: Float64Array.from([1, 2, 3, 10, 200]),
    series: [
      { key: "a", values: Float64Array.from([0.5, 0.25, NAN, 1, 1]), min: null, max: null },
      { key: "b", values: Float64Array.from([0.1, NAN, 0.3, NAN, 1]), min: null, max: null },
    ],
    gaps: [],
    ...over,
  };
  const prepared = prepare(frame, { mode: "area", hidden: new Set(hidden), mirrored: new Set(mirrored), log: false });
  const { from, to, step, gaps } = frame;
  const sets = { hidden: new Set(hidden), mirrored: new Set(mirrored) };
  return { prepared, from, to, step, gaps, ...sets, marked: null, spans: [], limits: [], marks: [] };
}

it("holds the points of the window, and empty cells where there is no data", () => {
  const csv = csvOf(tableOf({ series: SERIES, state: stateOf({}), unit: "%" }));
  expect(csv).toBe(
    [
      `time,user [%],"'=cmd,|x [%]"`,
      "1970-01-01T00:00:01.000Z,50,10",
      "1970-01-01T00:00:02.000Z,25,",
      "1970-01-01T00:00:03.000Z,,30",
      "1970-01-01T00:00:10.000Z,100,",
      "",
    ].join("\r\n"),
  );
});

it("tells the distance between its own rows", () => {
  const times = Float64Array.from([1, 3, 5, 7, 200]);
  expect(tableOf({ series: SERIES, state: stateOf({ times, step: 5 }), unit: "1" }).step).toBe(2);
});

it("leaves out what is hidden, and has the extremes beside the means, upright where they are drawn downwards", () => {
  const thin = { key: "a", values: Float64Array.of(2), min: Float64Array.of(1), max: Float64Array.of(9) };
  const other = { key: "b", values: Float64Array.of(2), min: null, max: null };
  const frame = { times: Float64Array.of(10), series: [thin, other] };
  for (const mirrored of [[], ["a"]]) {
    const { columns } = tableOf({ series: SERIES, state: stateOf(frame, ["b"], mirrored), unit: "By" });
    expect(columns).toEqual([
      { label: "user", values: [2] },
      { label: "user min", values: [1] },
      { label: "user max", values: [9] },
    ]);
  }
});

it("joins rows when there are too many, with the mean of those that have data", () => {
  const table = {
    unit: "1",
    step: 1,
    times: [1, 2, 3, 4, 5],
    columns: [{ label: "a", values: [1, 3, null, null, 7] }],
  };
  expect(thinned(table, 5)).toMatchObject({ joined: 1, times: table.times });
  expect(thinned(table, 3)).toMatchObject({
    joined: 2,
    step: 2,
    times: [1, 3, 5],
    columns: [{ label: "a", values: [2, null, 7] }],
  });
});
