import { createRootRoute, createRoute, redirect } from "@tanstack/react-router";
import { ErrorPage } from "@/pages/shell/error-page";
import { NotFoundPage } from "@/pages/shell/not-found-page";
import { Shell } from "@/pages/shell/shell";
import { currentUser } from "@/state/session";

export const root = createRootRoute({ errorComponent: ErrorPage, notFoundComponent: NotFoundPage });

/** What surrounds the pages of whoever is logged in. */
export const app = createRoute({
  getParentRoute: () => root,
  id: "app",
  beforeLoad: async ({ location }) => {
    const user = await currentUser();
    if (user === null) throw redirect({ to: "/login", search: { redirect: location.href } });
    if (user.must_enroll && location.pathname !== "/account") throw redirect({ to: "/account" });
  },
  component: Shell,
  errorComponent: ErrorPage,
});
