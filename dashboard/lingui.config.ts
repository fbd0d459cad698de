import { defineConfig } from "@lingui/cli";
import { formatter } from "@lingui/format-po";

/** English stands in the code; every other language is one catalog, keyed by the English text. */
export default defineConfig({
  sourceLocale: "en",
  locales: ["es"],
  catalogs: [
    {
      path: `${process.env.OPSENTRIX_LOCALES ?? "<rootDir>/src/locales"}/{locale}`,
      include: ["src"],
      exclude: ["**/*.test.ts", "**/schema.d.ts"],
    },
  ],
  // Without lines of code a catalog changes only when a text does.
  format: formatter({ lineNumbers: false }),
  orderBy: "message",
});
