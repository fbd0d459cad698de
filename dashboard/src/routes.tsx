import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { parseAuditSearch } from "@/lib/audit-search";
import { parseFleetSearch } from "@/lib/fleet-view";
import { ErrorPage } from "@/pages/shell/error-page";
import { NotFoundPage } from "@/pages/shell/not-found-page";
import { Shell } from "@/pages/shell/shell";
import { currentUser } from "@/state/session";
import { parseAgentSearch } from "./lib/agent-search";

// Every page stands here: its path, what its URL may hold, and its own chunk.
const root = createRootRoute({ errorComponent: ErrorPage, notFoundComponent: NotFoundPage });

/** Why a login at an identity provider failed; the hub puts it into the address. */
function parseRefusal({ refused }: Record<string, unknown>): { refused?: string } {
  // The router reads digits as a number.
  return typeof refused === "string" || typeof refused === "number" ? { refused: String(refused) } : {};
}

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: ({
    redirect: target,
    refused,
  }: Record<string, unknown>): { redirect?: string; refused?: string } => ({
    ...(typeof target === "string" ? { redirect: target } : {}),
    ...parseRefusal({ refused }),
  }),
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

const app = createRoute({
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

const agents = createRoute({
  getParentRoute: () => app,
  path: "/",
  validateSearch: parseFleetSearch,
  component: lazyRouteComponent(() => import("@/pages/agents/agents-page"), "AgentsPage"),
});

const agent = createRoute({
  getParentRoute: () => app,
  path: "/agents/$agentId",
  validateSearch: parseAgentSearch,
  component: lazyRouteComponent(() => import("@/pages/agent/agent-page"), "AgentPage"),
});

const versions = createRoute({
  getParentRoute: () => app,
  path: "/settings/agent-versions",
  component: lazyRouteComponent(() => import("@/pages/versions/versions-page"), "VersionsPage"),
});

const account = createRoute({
  getParentRoute: () => app,
  path: "/account",
  validateSearch: parseRefusal,
  component: lazyRouteComponent(() => import("@/pages/account/account-page"), "AccountPage"),
});

const people = createRoute({
  getParentRoute: () => app,
  path: "/settings/people",
  component: lazyRouteComponent(() => import("@/pages/people/people-page"), "PeoplePage"),
});

const apiTokens = createRoute({
  getParentRoute: () => app,
  path: "/account/api-tokens",
  component: lazyRouteComponent(() => import("@/pages/api-tokens/api-tokens-page"), "ApiTokensPage"),
});

const audit = createRoute({
  getParentRoute: () => app,
  path: "/settings/audit",
  validateSearch: parseAuditSearch,
  component: lazyRouteComponent(() => import("@/pages/audit/audit-page"), "AuditPage"),
});

const routeTree = root.addChildren([
  login,
  welcome,
  confirmed,
  app.addChildren([agents, agent, versions, account, apiTokens, people, audit]),
]);

export const router = createRouter({
  routeTree,
  basepath: "/dashboard",
  defaultPreload: "intent",
  scrollRestoration: true,
  defaultNotFoundComponent: NotFoundPage,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
