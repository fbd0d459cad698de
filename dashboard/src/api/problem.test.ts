import { expect, it } from "vitest";
import { asProblem, Problem } from "./problem";

it.each(["Failed to fetch", "Load failed", "NetworkError when attempting to fetch resource."])(
  "takes “%s” for a hub that is away",
  (message) => {
    expect(asProblem(new TypeError(message))).toMatchObject({ status: 0, message: "The hub cannot be reached." });
  },
);

it("does not blame the hub for a fault of the page", () => {
  const problem = asProblem(new TypeError("x.includes is not a function"));
  expect(problem).toMatchObject({ title: "The page failed", message: "x.includes is not a function" });
});

it("keeps what the hub said", () => {
  const said = new Problem(409, "Conflict", "Somebody changed it.");
  expect(asProblem(said)).toBe(said);
});
