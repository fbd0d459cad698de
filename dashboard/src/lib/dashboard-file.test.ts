import { describe, expect, it } from "vitest";
import { dashboardFile, readDashboardFile } from "./dashboard-file";
import { EMPTY_SPEC } from "./dashboard-spec";

describe("the file of a dashboard", () => {
  it("says the same after it was read", () => {
    const content = { name: "Über: web & db", description: "x", spec: EMPTY_SPEC };
    const file = dashboardFile(content);
    expect(file.name).toBe("ber-web-db.json");
    expect(readDashboardFile(file.text)).toEqual(content);
    expect(dashboardFile({ ...content, name: "日本" }).name).toBe("dashboard.json");
  });

  it("is refused with a sentence where it cannot be one", () => {
    expect(() => readDashboardFile("{")).toThrow("not JSON");
    expect(() => readDashboardFile("[1]")).toThrow("no “spec”");
    expect(() => readDashboardFile("null")).toThrow("no “spec”");
    expect(() => readDashboardFile("x".repeat(1_000_001))).toThrow("larger");
    expect(readDashboardFile('{"spec": 1}').name).toBe("Imported dashboard");
  });
});
