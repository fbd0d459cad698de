import { expect, it } from "vitest";
import { diffText } from "./text-diff";

it("tells what was replaced, and leaves the rest", () => {
  expect(diffText("a.b > 90% for 5m", "a.b > 95% for 5m on type=web")).toEqual([
    { kind: "same", text: "a.b > " },
    { kind: "removed", text: "90% " },
    { kind: "added", text: "95% " },
    { kind: "same", text: "for 5m " },
    { kind: "added", text: "on type=web" },
  ]);
});

it("has nothing to tell of equal texts, and all of others", () => {
  expect(diffText("a > 1", "a > 1")).toEqual([{ kind: "same", text: "a > 1" }]);
  expect(diffText("", "a")).toEqual([{ kind: "added", text: "a" }]);
  expect(diffText("a", "b").map(({ kind }) => kind)).toEqual(["removed", "added"]);
});
