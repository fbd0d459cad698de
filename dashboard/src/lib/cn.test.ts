import { twMerge } from "tailwind-merge";
import { expect, it } from "vitest";
import { cn } from "./cn";

const FILES = import.meta.glob<string>("../**/*.tsx", { query: "?raw", import: "default", eager: true });
const TEXTS = /"([^"\n]*)"/g;

function texts(code: string): string {
  return [...code.matchAll(TEXTS)].map(([, text]) => text).join(" ");
}

/** What stands between the brackets of each call of `cn`. */
function calls(code: string): string[] {
  return [...code.matchAll(/\bcn\(/g)].map(({ index }) => {
    let depth = 1;
    let end = index + 3;
    for (; depth > 0 && end < code.length; end += 1) depth += { "(": 1, ")": -1 }[code[end] ?? ""] ?? 0;
    return code.slice(index + 3, end - 1);
  });
}

/** The classes that are given to components of this name anywhere. */
function given(name: string): Set<string> {
  const use = new RegExp(`<${name}\\s(?:[^<>]|=>)*?className=(?:"([^"]*)"|\\{([^}]*)\\})`, "g");
  return new Set(
    Object.values(FILES).flatMap((code) => [...code.matchAll(use)].map(([, text, made]) => text ?? texts(made ?? ""))),
  );
}

/** The texts of the constants of a file, such as what a button's variants look like. */
function constants(code: string): string {
  return [...code.matchAll(/^const [A-Z_]+ =[^;]*;/gm)].map(([text]) => texts(text)).join(" ");
}

function kept(classes: string): string[] {
  return [...new Set(classes.split(" "))].sort();
}

it("settles in each call what the whole of Tailwind would", () => {
  const joined = Object.values(FILES).flatMap((code) => calls(code).map(texts));
  expect(joined.length).toBeGreaterThan(100);
  for (const classes of joined) expect(kept(cn(classes))).toEqual(kept(twMerge(classes)));
});

it("settles what is given to a component as the whole of Tailwind would", () => {
  let seen = 0;
  for (const code of Object.values(FILES)) {
    const own = calls(code).filter((call) => call.includes("className"));
    if (own.length === 0) continue;
    for (const [, name = ""] of code.matchAll(/export function ([A-Z]\w*)/g)) {
      for (const classes of given(name)) {
        seen += 1;
        const all = `${constants(code)} ${own.map(texts).join(" ")} ${classes}`;
        expect(kept(cn(all)), `${name}: ${classes}`).toEqual(kept(twMerge(all)));
      }
    }
  }
  expect(seen).toBeGreaterThan(100);
});

it("lets the later win", () => {
  expect(cn("px-2 text-muted text-sm", false, "px-3 text-text")).toBe("text-sm px-3 text-text");
  expect(cn("size-8", "h-4")).toBe("size-8 h-4");
  expect(cn("h-4", "size-8")).toBe("size-8");
  expect(cn("border border-edge border-b-2", "border-accent")).toBe("border border-b-2 border-accent");
});
