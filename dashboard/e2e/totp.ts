// One-time passwords as an authenticator app makes them (RFC 6238), and people for journeys.
import { createHmac } from "node:crypto";
import type { APIRequestContext, Page } from "@playwright/test";
import { expect } from "./fixtures";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const STEP_MS = 30_000;

function decode(base32: string): Buffer {
  const bits = [...base32.replace(/\s/g, "")]
    .map((char) => ALPHABET.indexOf(char).toString(2).padStart(5, "0"))
    .join("");
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

/** The code of a secret, some steps of 30 seconds ahead: each is good once, and the hub takes one step of drift. */
export function oneTimePassword(secret: string, ahead = 0): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / STEP_MS) + ahead));
  const mac = createHmac("sha1", decode(secret)).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 0xf;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Invites somebody through the API of a page that is logged in as an admin; returns the link. */
export async function invite(request: APIRequestContext, username: string, role = "viewer"): Promise<string> {
  const answer = await request.post("/api/v1/users", { data: { username, role } });
  expect(answer.status(), await answer.text()).toBe(201);
  return String((await answer.json()).url);
}

/** Follows a link and sets a password there. */
export async function setPassword(page: Page, link: string, password: string): Promise<void> {
  const { pathname, hash } = new URL(link);
  await page.goto(`${pathname}${hash}`);
  await page.getByLabel("New password", { exact: true }).fill(password);
  await page.getByLabel("New password again").fill(password);
  await page.getByRole("button", { name: "Set password" }).click();
  await expect(page.getByRole("heading", { name: "Your password is set" })).toBeVisible();
}

export async function logInAs(page: Page, username: string, password: string): Promise<void> {
  await page.getByLabel("Username").fill(username);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
}
