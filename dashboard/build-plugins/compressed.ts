import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** Compresses scripts and styles beside themselves once, so that the hub need not with each request. */
export function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    writeBundle({ dir = "" }, bundle) {
      for (const { fileName, ...file } of Object.values(bundle)) {
        if (!/\.(js|css)$/.test(fileName)) continue;
        const text = file.type === "chunk" ? file.code : file.source;
        writeFileSync(join(dir, `${fileName}.br`), brotliCompressSync(text));
        writeFileSync(join(dir, `${fileName}.gz`), gzipSync(text, { level: 9 }));
      }
    },
  };
}
