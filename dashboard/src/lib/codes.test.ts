import { expect, test } from "vitest";
import { isOneTimePassword, recoveryFile } from "./codes";

test.each([
  ["123456", true],
  ["123 456", true],
  ["12345", false],
  ["1234567", false],
  ["abcdef", false],
])("%s is a whole one-time password: %s", (text, whole) => {
  expect(isOneTimePassword(text)).toBe(whole);
});

test("the file says whose codes they are and has one a line", () => {
  const lines = recoveryFile(["aa-bb", "cc-dd"], "ann", "hub.example").split("\n");
  expect(lines[0]).toBe("Opsentrix recovery codes of ann at hub.example");
  expect(lines.slice(-3)).toEqual(["aa-bb", "cc-dd", ""]);
});
