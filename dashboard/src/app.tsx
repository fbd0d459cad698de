import { i18n } from "@lingui/core";
import { I18nProvider } from "@lingui/react";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { TooltipProvider } from "@/components/ui/tooltip";
import { nextTask } from "@/lib/next-task";
import { registerWorker } from "@/lib/push";
import { live } from "@/state/live";
import { restorePreferences } from "@/state/preferences";
import { currentUser, noteProviderLogin, queryClient } from "@/state/session";
import { followSystemTheme } from "@/state/theme";
import { makeRouter } from "./routes";

/** Shows the page that the address names, in steps: a slow phone would be busy with all of it for a quarter of a second. */
export async function start(): Promise<void> {
  // Dialogs keep the page behind them from scrolling by a style element; its maker takes the page's nonce from here.
  const nonce = document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]")?.nonce;
  Object.assign(globalThis, { __webpack_nonce__: nonce });

  noteProviderLogin();
  followSystemTheme();
  restorePreferences();
  // Not before all of the page is there, which may be so already: a language may have come first.
  if (document.readyState === "complete") void registerWorker();
  else window.addEventListener("load", () => void registerWorker());

  // The page's own code comes while the hub is asked who is logged in; what fails there the router meets, and shows.
  currentUser().catch(() => undefined);
  live.prepare();
  const router = makeRouter();
  await nextTask();
  for (const { routeId } of router.matchRoutes(router.latestLocation)) {
    void router.loadRouteChunk(router.routesById[routeId as keyof typeof router.routesById]);
  }

  const root = document.getElementById("root");
  if (root === null) throw new Error("index.html has no #root");
  createRoot(root).render(
    <StrictMode>
      <I18nProvider i18n={i18n}>
        <QueryClientProvider client={queryClient}>
          <TooltipProvider delayDuration={300}>
            <RouterProvider router={router} />
          </TooltipProvider>
        </QueryClientProvider>
      </I18nProvider>
    </StrictMode>,
  );
}
