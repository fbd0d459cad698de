// Proves that every language has every text of the code, with the same placeholders, and nothing that the code has not.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { formatter } from "@lingui/format-po";
import { compileMessageOrThrow } from "@lingui/message-utils/compileMessage";
import config from "../lingui.config.ts";

const dashboard = fileURLToPath(new URL("..", import.meta.url));
const kept = join(dashboard, "src/locales");
const fresh = join(dashboard, "node_modules/.cache/locales");

type Token = string | [name: string, kind?: string, cases?: Record<string, Token[] | number | undefined>];

/** The names of the values and the numbers of the tags in a message: what a translation must have, too. */
function partsOf(message: string): string {
  const found = new Set(message.match(/<\/?\d+\/?>/g) ?? []);
  const visit = (tokens: Token[]): void => {
    for (const token of tokens) {
      if (typeof token === "string") continue;
      const [name, kind, cases] = token;
      found.add(kind === undefined ? `{${name}}` : `{${name}, ${kind}}`);
      if (kind === undefined || typeof cases !== "object") continue;
      for (const one of Object.values(cases)) if (Array.isArray(one)) visit(one);
    }
  };
  visit(compileMessageOrThrow(message) as Token[]);
  return [...found].sort().join(" ");
}

rmSync(fresh, { recursive: true, force: true });
mkdirSync(fresh, { recursive: true });
cpSync(kept, fresh, { recursive: true });
const lingui = join(dashboard, "node_modules/.bin/lingui");
execFileSync(lingui, ["extract", "--clean"], {
  cwd: dashboard,
  env: { ...process.env, OPSENTRIX_LOCALES: fresh },
  stdio: "pipe",
});

const problems: string[] = [];
for (const locale of config.locales) {
  const text = readFileSync(join(fresh, `${locale}.po`), "utf8");
  const same = (catalog: string) => catalog.replace(/^"POT-Creation-Date.*$/m, "");
  if (same(text) !== same(readFileSync(join(kept, `${locale}.po`), "utf8"))) {
    problems.push(`src/locales/${locale}.po is not what the code says: npm run texts`);
  }
  const catalog = await formatter().parse(text, { locale, sourceLocale: "en", filename: `${locale}.po` });
  for (const { message = "", translation = "" } of Object.values(catalog)) {
    if (translation === "") problems.push(`${locale}: not translated: ${message}`);
    else if (partsOf(translation) !== partsOf(message))
      problems.push(`${locale}: ${partsOf(message)} expected in: ${translation}`);
  }
}
for (const problem of problems) console.error(problem);
process.exit(problems.length === 0 ? 0 : 1);
