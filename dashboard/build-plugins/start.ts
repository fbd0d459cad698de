// What every page needs: the entry, which chooses the language, and the app, which it loads then. Each is one file, and
// the browser fetches both at once.
import type { Plugin, Rolldown } from "vite";

const ENTRY = "/index.html";
const APP = "/src/app.tsx";
/** The chunk that most pages share. */
export const COMMON = "common";

/** All modules that come with one, itself included: what it imports, and what that imports, but nothing loaded later. */
function closure(id: string, graph: Rolldown.ChunkingContext): Set<string> {
  const found = new Set([id]);
  for (const one of found) for (const next of graph.getModuleInfo(one)?.importedIds ?? []) found.add(next);
  return found;
}

/** The groups of chunks that the entry and the app are, of a build that has both as its input. */
export function startGroups(root: string): Rolldown.CodeSplittingGroup[] {
  let entry: Set<string> | undefined;
  const name: Rolldown.CodeSplittingNameFunction = (id, graph) => {
    entry ??= closure(root + ENTRY, graph);
    return entry.has(id) ? "entry" : null;
  };
  // What both need must not bring the app along: its texts are settled as it loads, and by then a language is.
  return [
    { name, debugName: "entry", priority: 2 },
    { name: "app", tags: ["$initial"], priority: 1 },
  ];
}

/** Has the browser fetch the app, and what most pages share, while the entry still chooses the language. */
export function preloadedApp(): Plugin {
  return {
    name: "preloaded-app",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(html, { bundle = {} }) {
        const app = Object.values(bundle).find((one) => one.type === "chunk" && one.facadeModuleId?.endsWith(APP));
        if (app?.type !== "chunk") throw new Error("the app has no chunk of its own");
        const common = Object.values(bundle).filter((one) => one.type === "chunk" && one.name === COMMON);
        return [app.fileName, ...app.imports, ...common.map(({ fileName }) => fileName)]
          .filter((file) => !html.includes(file))
          .map((file) => ({
            tag: "link",
            attrs: { rel: "modulepreload", crossorigin: true, href: `/dashboard/${file}` },
            injectTo: "head" as const,
          }));
      },
    },
  };
}
