import { describe, expect, it } from "vitest";
import { quietText } from "./quiet-text";

describe("quietText", () => {
  it.each([
    "silence 3",
    "maintenance 4 (patches (web))",
    "behind router-1",
    "unreachable",
    "no route tells anybody",
    "something new",
    "silence of the night",
    "",
  ])("says %j as the hub does", (quiet) => {
    expect(quietText(quiet)).toBe(quiet);
  });
});
