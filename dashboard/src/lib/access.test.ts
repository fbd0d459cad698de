import { describe, expect, it } from "vitest";
import { covers, expiryOf, isEverything, permissionsText, rolesFor, rolesUpTo } from "./access";

describe("roles", () => {
  it("each may do what the ones before it may", () => {
    expect(covers("admin", "viewer")).toBe(true);
    expect(covers("operator", "operator")).toBe(true);
    expect(covers("viewer", "operator")).toBe(false);
    expect(rolesUpTo("operator")).toEqual(["viewer", "operator"]);
  });

  it("names every role that is enough", () => {
    expect(rolesFor("operator")).toBe("the role operator or admin");
    expect(rolesFor("admin")).toBe("the role admin");
  });
});

describe("tokens", () => {
  it("says what they may", () => {
    expect(permissionsText([])).toBe("Everything its role may, but commands");
    expect(permissionsText(["read"])).toBe("Read everything");
    expect(permissionsText(["metrics:read", "agents:write"])).toBe("Read metrics, change agents");
  });

  it("says how long they live", () => {
    const day = 86_400;
    expect(expiryOf(100, 100)).toEqual({ text: "expired", state: "over" });
    expect(expiryOf(day - 1, 0)).toEqual({ text: "within a day", state: "soon" });
    expect(expiryOf(day, 0)).toEqual({ text: "in 1 day", state: "soon" });
    expect(expiryOf(30 * day, 60).text).toBe("in 30 days");
    expect(expiryOf(7 * day, 0)).toEqual({ text: "in 7 days", state: "fine" });
  });

  it("knows a scope of all agents", () => {
    expect(isEverything({ environments: [], tags: [] })).toBe(true);
    expect(isEverything({ environments: [], tags: ["db"] })).toBe(false);
  });
});
