import { describe, expect, it } from "vitest";
import { parseAlertSearch } from "./alert-search";
import { momentParam, reading, saysAnything } from "./search-params";

describe("reading", () => {
  const read = reading(parseAlertSearch);

  it("lets nothing through that its page does not understand", () => {
    // As the router does.
    const laidOver = (given: Record<string, unknown>) => ({ ...given, ...read(given) });
    expect(laidOver({ state: "nonsense", rule: "x", agent: 7, other: 1 })).toEqual({ agent: 7 });
    expect(laidOver({ state: "firing" })).toEqual({ state: ["firing"] });
  });

  it("keeps a screen that nobody touches one", () => {
    expect({ ...{ kiosk: 1, x: 2 }, ...read({ kiosk: 1, x: 2 }) }).toEqual({ kiosk: 1 });
  });

  it("is not led astray by what every object has", () => {
    const given = JSON.parse('{"__proto__": {"agent": 7}, "constructor": 1}');
    expect(read(given).agent).toBeUndefined();
    expect(saysAnything(read(given))).toBe(false);
  });
});

it("what says nothing is no choice", () => {
  expect(saysAnything({})).toBe(false);
  expect(saysAnything({ state: undefined, kiosk: 1 })).toBe(false);
  expect(saysAnything({ state: ["firing"] })).toBe(true);
});

it.each([undefined, "x", -1, 0, 1e300, "Infinity", NaN, {}])("%s is no moment", (value) => {
  expect(momentParam(value)).toBeUndefined();
});

it("a moment may have parts of a second", () => {
  expect(momentParam("1700000000.5")).toBe(1_700_000_000.5);
});
