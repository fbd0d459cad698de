// What can be reached before anybody is logged in.
import { createRootRoute, createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { parseLoginSearch, parseRefusal } from "@/lib/login-search";
import { ErrorPage } from "@/pages/shell/error-page";
import { NotFoundPage } from "@/pages/shell/not-found-page";

export const root = createRootRoute({ errorComponent: ErrorPage, notFoundComponent: NotFoundPage });

export const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: parseLoginSearch,
  component: lazyRouteComponent(() => import("@/pages/login/login-page"), "LoginPage"),
});

export const welcome = createRoute({
  getParentRoute: () => root,
  path: "/welcome",
  component: lazyRouteComponent(() => import("@/pages/welcome/welcome-page"), "WelcomePage"),
});

export const confirmed = createRoute({
  getParentRoute: () => root,
  path: "/confirmed",
  validateSearch: parseRefusal,
  component: lazyRouteComponent(() => import("@/pages/confirmed/confirmed-page"), "ConfirmedPage"),
});
