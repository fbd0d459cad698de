// Measures what a browser must load before the first page can be used: the entry, what it imports, and the page's chunk.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const LIMIT_KB = 250;
const out = fileURLToPath(new URL("../../packages/hub/src/opsentrix/web/static", import.meta.url));

interface Chunk {
  file: string;
  imports?: string[];
  dynamicImports?: string[];
  isEntry?: boolean;
}

const manifest = JSON.parse(readFileSync(join(out, ".vite/manifest.json"), "utf8")) as Record<string, Chunk>;

function closure(names: string[], seen = new Set<string>()): Set<string> {
  for (const name of names) {
    if (seen.has(name)) continue;
    seen.add(name);
    closure(manifest[name]?.imports ?? [], seen);
  }
  return seen;
}

function kilobytes(names: Iterable<string>): number {
  let total = 0;
  for (const name of names) {
    const file = manifest[name]?.file ?? "";
    if (file.endsWith(".js")) total += gzipSync(readFileSync(join(out, file)), { level: 9 }).length;
  }
  return total / 1024;
}

// The entry chooses the language and loads the app, which loads the pages.
const entry = [...Object.keys(manifest).filter((name) => manifest[name]?.isEntry === true), "src/app.tsx"];
const start = [...closure(entry)];
const pages = [...new Set(start.flatMap((name) => manifest[name]?.dynamicImports ?? []))].filter(
  (name) => !entry.includes(name),
);
const sizes = pages.map((page) => ({ page, kb: kilobytes(closure([...entry, page])) }));
for (const { page, kb } of sizes) console.log(`${page}: ${kb.toFixed(1)} KB of JavaScript, gzip`);
for (const catalog of Object.keys(manifest).filter((name) => name.endsWith(".po"))) {
  console.log(`${catalog}: ${kilobytes([catalog]).toFixed(1)} KB of texts, gzip, besides, for who reads that language`);
}
const largest = Math.max(...sizes.map(({ kb }) => kb));
if (largest > LIMIT_KB) {
  console.error(`${largest.toFixed(1)} KB is more than the ${LIMIT_KB} KB that a first visit may cost`);
  process.exit(1);
}
