import { describe, expect, it } from "vitest";
import type { ChartFrame } from "./frame";
import {
  busiestMoment,
  lookDistance,
  matchesProcess,
  parseProcessSearch,
  processMode,
  rankedWindow,
} from "./process-view";

describe("the URL", () => {
  it("holds a moment, a ranking or neither", () => {
    expect(parseProcessSearch({ at: "1700000000.4" })).toEqual({ at: 1_700_000_000 });
    expect(parseProcessSearch({ top: "read" })).toEqual({ top: "read" });
    expect(parseProcessSearch({ at: 5, top: "read" })).toEqual({ at: 5 });
  });

  it.each([{}, { at: "x" }, { at: -1 }, { at: Number.POSITIVE_INFINITY }, { top: "name" }, { top: 1 }])(
    "leaves out what makes no sense: %o",
    (search) => {
      expect(parseProcessSearch(search)).toEqual({});
    },
  );

  it("decides what is shown", () => {
    expect([{}, { at: 5 }, { top: "cpu" as const }].map(processMode)).toEqual(["live", "moment", "range"]);
  });
});

describe("rankedWindow", () => {
  it("is the window in whole seconds", () => {
    expect(rankedWindow({ from: 10.6, to: 20.2 })).toEqual({ from: 10, to: 21 });
  });

  it("is the last day of a longer one", () => {
    expect(rankedWindow({ from: 0, to: 604_800 })).toEqual({ from: 518_400, to: 604_800 });
  });
});

function frame(values: number[][], max: number[][] | null = null): ChartFrame {
  const times = Float64Array.from(values[0] ?? [], (_, row) => 100 + 10 * row);
  const series = values.map((one, at) => ({
    key: String(at),
    values: Float64Array.from(one),
    min: null,
    max: max === null ? null : Float64Array.from(max[at] ?? []),
  }));
  return { from: 100, to: 130, step: 10, times, series, gaps: [] };
}

describe("busiestMoment", () => {
  it("is when all series together were highest", () => {
    expect(
      busiestMoment(
        frame([
          [0.9, 0.5, 0.1],
          [0, 0.6, 0.2],
        ]),
      ),
    ).toBe(110);
  });

  it("sees a spike within a point, and answers the point's middle", () => {
    expect(busiestMoment(frame([[0.5, 0.1, 0.1]], [[0.5, 0.2, 1]]))).toBe(125);
  });

  it("takes nothing for no data, and looks at the window only", () => {
    expect(busiestMoment(frame([[Number.NaN, Number.NaN]]))).toBeNull();
    expect(busiestMoment(frame([]))).toBeNull();
    expect(busiestMoment({ ...frame([[9, 1, 2]]), from: 105 })).toBe(120);
  });

  it("finds the first moment of an idle machine", () => {
    expect(busiestMoment(frame([[0, 0]]))).toBe(100);
  });
});

describe("words", () => {
  it("tell how far the look is", () => {
    expect([97, 100.4, 102].map((look) => lookDistance(look, 100))).toEqual([
      "3 s before",
      "at that second",
      "2 s after",
    ]);
  });
});

describe("matchesProcess", () => {
  const nginx = { name: "nginx", user: "www-data", pid: 42 };
  it.each([
    ["", true],
    [" NGI ", true],
    ["data", true],
    ["42", true],
    ["4", false],
    ["root", false],
  ])("%o: %o", (text, matches) => {
    expect(matchesProcess(nginx, text)).toBe(matches);
  });
});
