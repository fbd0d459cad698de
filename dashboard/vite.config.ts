import { fileURLToPath } from "node:url";
import { lingui, linguiTransformerBabelPreset } from "@lingui/vite-plugin";
import babel from "@rolldown/plugin-babel";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { compiledMessages } from "./build-plugins/compiled-messages.ts";
import { compressed } from "./build-plugins/compressed.ts";
import { COMMON, preloadedApp, startGroups } from "./build-plugins/start.ts";

const hub = process.env.OPSENTRIX_HUB_URL ?? "http://127.0.0.1:8000";

const root = fileURLToPath(new URL(".", import.meta.url)).replace(/\/$/, "");

/** Lingui's macros, of which the English message stays in the code, made ready at once. */
const macros = linguiTransformerBabelPreset({ descriptorFields: "message" });
const messages = { ...macros, preset: { plugins: [...(macros.preset as { plugins: [] }).plugins, compiledMessages] } };

export default defineConfig({
  base: "/dashboard/",
  plugins: [
    react(),
    lingui({ failOnCompileError: true }),
    babel({ presets: [messages] }),
    tailwindcss(),
    preloadedApp(),
    compressed(),
  ],
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
      input: ["index.html", "src/app.tsx"],
      output: {
        codeSplitting: {
          // What most pages need is one file, and what few share are few, for each costs a request.
          groups: [
            ...startGroups(root),
            { name: COMMON, minShareCount: 9 },
            { name: "shared", minShareCount: 3, entriesAware: true, entriesAwareMergeThreshold: 1500 },
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
  test: { include: ["src/**/*.test.ts"], setupFiles: ["src/test-setup.ts"], environment: "node" },
});
