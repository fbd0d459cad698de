import {
  createRootRoute,
  createRoute,
  lazyRouteComponent,
  type ParsedLocation,
  redirect,
} from "@tanstack/react-router";
import { isKiosk } from "@/lib/kiosk";
import { parseLoginSearch, parseRefusal } from "@/lib/login-search";
import { linkTo, PLACE_PATHS } from "@/lib/shared-place";
import { ErrorPage } from "@/pages/shell/error-page";
import { NotFoundPage } from "@/pages/shell/not-found-page";
import { pass, resumePass } from "@/state/pass";
import { currentUser } from "@/state/session";

// What can be reached without being logged in, and what keeps all others from the rest.
export const root = createRootRoute({ errorComponent: ErrorPage, notFoundComponent: NotFoundPage });

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: parseLoginSearch,
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
  validateSearch: parseRefusal,
  component: lazyRouteComponent(() => import("@/pages/confirmed/confirmed-page"), "ConfirmedPage"),
});

const shared = createRoute({
  getParentRoute: () => root,
  path: "/shared",
  component: lazyRouteComponent(() => import("@/pages/shared/shared-page"), "SharedPage"),
});

export const outside = [login, welcome, confirmed, shared] as const;

/** Lets in who is logged in, and who has a pass to the one page that it is for; all others log in first. */
export async function admit({ location }: { location: ParsedLocation }): Promise<void> {
  const user = pass.get() === null ? await currentUser() : null;
  if (user === null) return showShared(location);
  if (user.must_enroll && location.pathname !== "/account") throw redirect({ to: "/account" });
}

async function showShared({ href, pathname, search }: ParsedLocation): Promise<void> {
  const held = await resumePass();
  if (held === null) throw redirect({ to: "/login", search: { redirect: href } });
  if (held === "over") throw redirect({ to: "/shared" });
  if (pathname !== PLACE_PATHS[held.place]) throw redirect({ ...linkTo(held, isKiosk(search)), replace: true });
}
