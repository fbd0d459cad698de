import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const hub = process.env.OPSENTRIX_HUB_URL ?? "http://127.0.0.1:8000";

/** Compresses scripts and styles beside themselves once, so that the hub need not with each request. */
function compressed(): Plugin {
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

export default defineConfig({
  base: "/dashboard/",
  plugins: [react(), tailwindcss(), compressed()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "../packages/hub/src/opsentrix/web/static",
    emptyOutDir: true,
    manifest: true,
    target: "es2023",
    // The hub's content security policy allows no inline script, so the preload polyfill has no place.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // What counts is what a page loads, compressed: scripts/bundle-size.ts.
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What the entry needs is one file; what five chunks share are few, for each file costs a request.
          groups: [
            { name: "start", tags: ["$initial"], priority: 1 },
            { name: "shared", minShareCount: 5, entriesAware: true, entriesAwareMergeThreshold: 1000 },
          ],
        },
      },
    },
  },
  server: {
    // The hub takes unsafe requests from its own origin only, so the proxy presents itself as that origin.
    proxy: Object.fromEntries(
      ["/api", "/socket.io", "/health"].map((path) => [
        path,
        { target: hub, ws: true, changeOrigin: true, headers: { origin: hub } },
      ]),
    ),
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
