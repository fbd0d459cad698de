import { describe, expect, test } from "vitest";
import { fieldChanges, parseAuditSearch, shownValue } from "./audit-search";

describe("the URL of the audit log", () => {
  test("keeps what makes sense", () => {
    const search = { q: "web", actor: "user:ann", action: ["agent.update"], result: "refused", within: "7d" };
    expect(parseAuditSearch(search)).toEqual(search);
    expect(parseAuditSearch({ action: "agent.update" })).toEqual({ action: ["agent.update"] });
  });

  test("leaves out what does not", () => {
    expect(parseAuditSearch({ q: "", result: "fine", within: "1y", action: [], other: 1 })).toEqual({});
    expect(parseAuditSearch({ within: "toString", q: "x".repeat(1000) }).q).toHaveLength(256);
  });
});

describe("what was changed", () => {
  test("is the fields that differ", () => {
    const changes = fieldChanges({ name: "a", tags: ["x"], same: 1 }, { name: "b", tags: ["x", "y"], same: 1 });
    expect(changes).toEqual([
      { field: "name", before: "a", after: "b" },
      { field: "tags", before: ["x"], after: ["x", "y"] },
    ]);
  });

  test("is everything when something was made or removed", () => {
    expect(fieldChanges(null, { keep: 3 })).toEqual([{ field: "keep", before: undefined, after: 3 }]);
    expect(fieldChanges({ keep: 3 }, null)).toEqual([{ field: "keep", before: 3, after: undefined }]);
    expect(fieldChanges(null, null)).toEqual([]);
  });

  test("is readable", () => {
    expect([shownValue("a"), shownValue(""), shownValue(null), shownValue([1])]).toEqual([
      "a",
      "(empty)",
      "(none)",
      "[1]",
    ]);
  });
});
