import { expect, it } from "vitest";
import { parseChartViews, viewOf, withView } from "./chart-view";

it("keeps the names of charts and nothing else", () => {
  expect(parseChartViews({ log: "cpu,load,cpu", lines: 5 })).toEqual({ log: "cpu,load", lines: "5" });
  expect(parseChartViews({ log: "<b>,,a b", lines: ["cpu"], other: 1 })).toEqual({});
  expect(parseChartViews({ log: {}, lines: null })).toEqual({});
  const many = Array.from({ length: 500 }, (_, index) => `c${index}`).join(",");
  expect(parseChartViews({ log: many }).log?.split(",")).toHaveLength(40);
});

it("changes the view of one chart and leaves the rest of the address", () => {
  const search = { log: "cpu", range: "1h" };
  expect(viewOf(search, "cpu")).toEqual({ log: true, lines: false });
  expect(withView(search, "load", { log: true, lines: true })).toEqual({ log: "load,cpu", lines: "load", range: "1h" });
  expect(withView(search, "cpu", { log: false, lines: false })).toEqual({ range: "1h" });
  expect(withView({}, "not a name", { log: true, lines: false })).toEqual({});
});
