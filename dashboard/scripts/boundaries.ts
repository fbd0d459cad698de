// Proves the dependency direction pages -> charts, components, api, state -> lib, and the sizes that keep files readable.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../src", import.meta.url));
const MAX_TSX_LINES = 250;
const MAX_TS_LINES = 400;

/** What each folder may import from; the files directly in src/ are the composition root and may import all. */
const ALLOWED: Record<string, string[]> = {
  pages: ["pages", "charts", "components", "api", "state", "lib"],
  charts: ["charts", "lib"],
  components: ["components", "lib"],
  state: ["state", "api", "lib"],
  api: ["api", "lib"],
  lib: ["lib"],
};

const IMPORT = /(?:from|import)\s*\(?\s*["']([^"']+)["']/g;

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return /\.tsx?$/.test(entry.name) && !entry.name.endsWith(".d.ts") ? [path] : [];
  });
}

function resolveInside(file: string, specifier: string): string | null {
  if (specifier.startsWith("@/")) return specifier.slice(2);
  if (specifier.startsWith(".")) return relative(root, normalize(join(dirname(file), specifier)));
  return null;
}

const problems: string[] = [];
for (const file of sourceFiles(root)) {
  const path = relative(root, file);
  const text = readFileSync(file, "utf8");
  const lines = text.split("\n").length - 1;
  const limit = file.endsWith(".tsx") ? MAX_TSX_LINES : MAX_TS_LINES;
  if (lines > limit) problems.push(`${path}: ${lines} lines, the limit is ${limit}`);
  const layer = path.includes("/") ? path.split("/")[0] : undefined;
  const allowed = layer === undefined ? undefined : ALLOWED[layer];
  if (layer !== undefined && allowed === undefined)
    problems.push(`${path}: the folder ${layer} has no place in the layers`);
  for (const [, specifier = ""] of text.matchAll(IMPORT)) {
    if (/^uplot(\/|$)/.test(specifier) && layer !== "charts") problems.push(`${path}: only charts/ imports uPlot`);
    const target = resolveInside(file, specifier)?.split("/")[0];
    if (target !== undefined && allowed !== undefined && !allowed.includes(target)) {
      problems.push(`${path}: ${layer} must not import ${specifier}`);
    }
  }
}
for (const problem of problems) console.error(problem);
process.exit(problems.length === 0 ? 0 : 1);
