import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ACTS, KEYS, PAGES } from "./table";

const ROUTES = ["routes.tsx", "settings-routes.tsx"]
  .map((file) => readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), "utf8"))
  .join("");

describe("what the palette knows", () => {
  const paths = [...ROUTES.matchAll(/\bpath: "([^"]+)"/g)].map(([, path]) => path ?? "");
  const acts = ACTS.flatMap(({ deed }) => ("go" in deed ? [deed.go as string] : []));

  it("leaves no page out, and invents none", () => {
    const reachable = paths.filter((path) => !path.includes("$"));
    expect([...PAGES.map(({ to }) => to as string), ...acts].sort()).toEqual(reachable.sort());
  });

  it("gives each key one meaning, and none that begins another", () => {
    const keys = [...PAGES.flatMap(({ keys = [] }) => keys), ...KEYS.map((one) => one.keys)];
    expect(new Set(keys).size).toBe(keys.length);
    for (const one of keys) expect(keys.filter((other) => other.startsWith(`${one} `))).toEqual([]);
  });
});
