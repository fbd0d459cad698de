import { expect, it } from "vitest";
import { chosenWords } from "./matcher-words";

it("names the first of the chosen machines, and says how many more", () => {
  expect(chosenWords(2, ["web-1", "web-2"])).toBe("web-1, web-2");
  expect(chosenWords(1200, ["a", "b", "c", "d"])).toBe("a, b, c and 1,197 more");
  expect(chosenWords(1, [])).toBe("1 machine that is gone");
  expect(chosenWords(3, [])).toBe("3 machines that are gone");
});
