import { describe, expect, it } from "vitest";
import { parseRecents, withRecent } from "./recents";

describe("what was chosen before", () => {
  it("has the last first, once, and not too many", () => {
    expect(withRecent(["a", "b", "c"], "b")).toEqual(["b", "a", "c"]);
    expect(withRecent(["1", "2", "3", "4", "5", "6"], "7")).toEqual(["7", "1", "2", "3", "4", "5"]);
  });

  it("takes what is stored for what it is", () => {
    expect(parseRecents(null)).toEqual([]);
    expect(parseRecents("{")).toEqual([]);
    expect(parseRecents('{"a":1}')).toEqual([]);
    expect(parseRecents('["a",1,"b"]')).toEqual(["a", "b"]);
  });
});
