import { expect, test } from "vitest";
import { providerLogin, refusalText } from "./provider-login";

test.each([
  ["/dashboard/agents/1?range=1h&a=%22b%22", "/dashboard/agents/1?range=1h&a=%22b%22"],
  ["/dashboard", "/dashboard"],
  ["/dashboard//evil.example", "/dashboard/"],
  ["/dashboard/\\evil.example", "/dashboard/"],
  ["https://evil.example", "/dashboard/"],
  [`/dashboard/${"a".repeat(600)}`, "/dashboard/"],
])("a login from %s leads to %s", (page, next) => {
  expect(providerLogin("/login", page)).toBe(`/login?next=${encodeURIComponent(next)}`);
});

test("a word in the address chooses a text and never becomes one", () => {
  expect(refusalText("away")).toContain("Passwords work");
  expect(refusalText("Call 555-1234")).toBe("The login at the provider failed.");
});
