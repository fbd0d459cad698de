import { describe, expect, it } from "vitest";
import { type SetupFacts, setupSteps } from "./setup";

const FRESH: SetupFacts = { reporting: null, targets: 0, secondFactor: false, people: 1, rules: 38 };
const done = (facts: SetupFacts) => setupSteps(facts).flatMap((one) => (one.done ? [one.id] : []));

describe("setting a hub up", () => {
  it("begins with the rules that are there already", () => {
    expect(done(FRESH)).toEqual(["rules"]);
  });

  it("goes on by what is so, and back when it is no longer", () => {
    const set = { ...FRESH, reporting: { id: 1, name: "web-1" }, targets: 2, secondFactor: true, people: 3 };
    expect(done(set)).toEqual(["server", "rules", "told", "factor", "people"]);
    expect(done({ ...set, people: 1, targets: 0, rules: 0 })).toEqual(["server", "factor"]);
  });

  it("leaves out what this person may not know", () => {
    const some = { ...FRESH, targets: undefined, people: undefined, rules: undefined };
    expect(setupSteps(some).map(({ id }) => id)).toEqual(["server", "factor"]);
  });
});
