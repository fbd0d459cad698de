import type { ParsedLocation } from "@tanstack/react-router";
import { afterEach, expect, test, vi } from "vitest";
import type { User } from "@/api/types";
import { live } from "@/state/live";
import { beginSession, forgetSession } from "@/state/session";
import { admit } from "./routes-outside";

const kept = new Map<string, string>();
vi.stubGlobal("localStorage", {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => kept.set(key, value),
  removeItem: (key: string) => kept.delete(key),
});
const open = vi.spyOn(live, "open").mockImplementation(() => undefined);

afterEach(() => {
  open.mockClear();
  forgetSession();
});

function at(pathname: string): { location: ParsedLocation } {
  return { location: { pathname, href: pathname } as ParsedLocation };
}

test("the link to the hub is begun as soon as it is known who somebody is", async () => {
  beginSession({ must_enroll: false } as User);
  await admit(at("/agents/7"));
  expect(open).toHaveBeenCalledOnce();
});

test("who still needs a second factor gets the account and no link", async () => {
  beginSession({ must_enroll: true } as User);
  await expect(admit(at("/agents/7"))).rejects.toMatchObject({ options: { to: "/account" } });
  await admit(at("/account"));
  expect(open).not.toHaveBeenCalled();
});

test("nobody gets a login and no link", async () => {
  await expect(admit(at("/agents/7"))).rejects.toMatchObject({ options: { to: "/login" } });
  expect(open).not.toHaveBeenCalled();
});
