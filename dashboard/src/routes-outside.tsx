import {
  createRootRoute,
  createRoute,
  lazyRouteComponent,
  type ParsedLocation,
  redirect,
} from "@tanstack/react-router";
import { parseLoginSearch, parseRefusal } from "@/lib/login-search";
import { reading } from "@/lib/search-params";
import { ErrorPage } from "@/pages/shell/error-page";
import { live } from "@/state/live";
import { mayHavePass, pass } from "@/state/pass";
import { currentUser } from "@/state/session";

// What can be reached without being logged in, and what keeps all others from the rest.
export const root = createRootRoute({ errorComponent: ErrorPage });

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: reading(parseLoginSearch),
  component: lazyRouteComponent(() => import("@/pages/login/login-page"), "LoginPage"),
});

const welcome = createRoute({
  getParentRoute: () => root,
  path: "/welcome",
  component: lazyRouteComponent(() => import("@/pages/welcome/welcome-page"), "WelcomePage"),
});

const confirmed = createRoute({
  getParentRoute: () => root,
  path: "/confirmed",
  validateSearch: reading(parseRefusal),
  component: lazyRouteComponent(() => import("@/pages/confirmed/confirmed-page"), "ConfirmedPage"),
});

const shared = createRoute({
  getParentRoute: () => root,
  path: "/shared",
  component: lazyRouteComponent(() => import("@/pages/shared/looking"), "SharedPage"),
});

export const outside = [login, welcome, confirmed, shared] as const;

/** Lets in who is logged in, and who has a pass to the one page that it is for; all others log in first. */
export async function admit({ location }: { location: ParsedLocation }): Promise<void> {
  const user = pass.get() === null ? await currentUser() : null;
  if (user === null) {
    if (!mayHavePass()) throw redirect({ to: "/login", search: { redirect: location.href } });
    const { showShared } = await import("@/pages/shared/looking");
    return showShared(location);
  }
  if (user.must_enroll) {
    if (location.pathname !== "/account") throw redirect({ to: "/account" });
    return;
  }
  // The link is made while the page's code comes, so that the page need not ask again for what the link missed.
  live.open();
}
