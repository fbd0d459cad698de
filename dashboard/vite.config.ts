import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const hub = process.env.OPSENTRIX_HUB_URL ?? "http://127.0.0.1:8000";

export default defineConfig({
  base: "/dashboard/",
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "../packages/hub/src/opsentrix/web/static",
    emptyOutDir: true,
    manifest: true,
    target: "es2023",
    // The hub's content security policy allows no inline script, so the preload polyfill has no place.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
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
