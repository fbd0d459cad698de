import { describe, expect, it } from "vitest";
import { applyHint, changedFields, draftOf, EMPTY_DRAFT, errorLength, parseLabels, writtenRule } from "./rule-draft";

const rule = {
  name: "Hot",
  expression: "a > 1",
  severity: "critical" as const,
  summary: "It is hot.",
  advice: "",
  labels: { team: "web", note: "a=b" },
  group_by: ["site:*"],
  group_id: 2,
};

describe("a draft", () => {
  it("goes there and back", () => {
    expect(writtenRule(draftOf(rule))).toEqual(rule);
  });

  it("knows what was changed", () => {
    expect(changedFields(EMPTY_DRAFT, { ...EMPTY_DRAFT, name: "x", group: 1 })).toEqual(["name", "group"]);
    expect(changedFields(draftOf(rule), draftOf(rule))).toEqual([]);
  });
});

it("reads labels as people type them", () => {
  expect(parseLabels(" team = web ,, x, y=1=2")).toEqual({ team: "web", x: "", y: "1=2" });
});

describe("an error", () => {
  it("is mended by its hint", () => {
    expect(applyHint("avgg(a, 5m) > 1", 0, "avg")).toEqual({ text: "avg(a, 5m) > 1", caret: 3 });
    expect(applyHint("a = 1", 2, "==")).toEqual({ text: "a == 1", caret: 4 });
    expect(applyHint("a > 1 ", 6, "for")).toEqual({ text: "a > 1 for", caret: 9 });
  });

  it("marks a word, or a place", () => {
    expect([errorLength("a fro 5m", 2), errorLength("a >", 3), errorLength("a ( b", 2)]).toEqual([3, 1, 1]);
  });
});
