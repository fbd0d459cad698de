import { createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { parseAlertSearch } from "@/lib/alert-search";
import { parseCommandPageSearch, parseCommandSearch } from "@/lib/command-search";
import { parseDashboardSearch, parseDashboardsSearch } from "@/lib/dashboard-search";
import { parseExploreSearch } from "@/lib/explore-search";
import { parseFleetSearch } from "@/lib/fleet-view";
import { type HomeSearch, parseHomeSearch } from "@/lib/home-search";
import { parseIncidentSearch } from "@/lib/incident-search";
import { parseQuietSearch } from "@/lib/quiet-search";
import { parseNewRuleSearch, parseRuleSearch } from "@/lib/rule-search";
import { parseNewRunbookSearch, parseRunbooksSearch } from "@/lib/runbook-search";
import { reading } from "@/lib/search-params";
import { parseWhySearch } from "@/lib/why-search";
import { PageError } from "@/pages/shell/error-page";
import { NotFoundPage } from "@/pages/shell/not-found-page";
import { app } from "./app-route";
import { parseAgentSearch } from "./lib/agent-search";
import { outside, root } from "./routes-outside";
import { settingsRoutes } from "./settings-routes";

// Every page of a place stands here, those of the settings in settings-routes: its path, what its URL may hold, its chunk.
const home = createRoute({
  getParentRoute: () => app,
  path: "/",
  // The list of agents was here once: its addresses go on leading to it.
  validateSearch: reading<HomeSearch>((given) => ({ ...parseFleetSearch(given), ...parseHomeSearch(given) })),
  beforeLoad: ({ location }) => {
    const { by: _, ...search } = parseFleetSearch(location.search);
    if (Object.keys(search).length > 0) throw redirect({ to: "/agents", search, replace: true });
  },
  component: lazyRouteComponent(() => import("@/pages/home/home-page"), "HomePage"),
});

const agents = createRoute({
  getParentRoute: () => app,
  path: "/agents",
  validateSearch: reading(parseFleetSearch),
  component: lazyRouteComponent(() => import("@/pages/agents/agents-page"), "AgentsPage"),
});

const agent = createRoute({
  getParentRoute: () => app,
  path: "/agents/$agentId",
  validateSearch: reading(parseAgentSearch),
  component: lazyRouteComponent(() => import("@/pages/agent/agent-page"), "AgentPage"),
});

const explore = createRoute({
  getParentRoute: () => app,
  path: "/explore",
  validateSearch: reading(parseExploreSearch),
  component: lazyRouteComponent(() => import("@/pages/explore/explore-page"), "ExplorePage"),
});

const dashboards = createRoute({
  getParentRoute: () => app,
  path: "/dashboards",
  validateSearch: reading(parseDashboardsSearch),
  component: lazyRouteComponent(() => import("@/pages/dashboards/dashboards-page"), "DashboardsPage"),
});

const dashboard = createRoute({
  getParentRoute: () => app,
  path: "/dashboards/$dashboardId",
  validateSearch: reading(parseDashboardSearch),
  component: lazyRouteComponent(() => import("@/pages/dashboards/dashboard-page"), "DashboardPage"),
});

const rules = createRoute({
  getParentRoute: () => app,
  path: "/alerts/rules",
  validateSearch: reading(parseRuleSearch),
  component: lazyRouteComponent(() => import("@/pages/rules/rules-page"), "RulesPage"),
});

const newRule = createRoute({
  getParentRoute: () => app,
  path: "/alerts/rules/new",
  validateSearch: reading(parseNewRuleSearch),
  component: lazyRouteComponent(() => import("@/pages/rules/new-rule-page"), "NewRulePage"),
});

const rule = createRoute({
  getParentRoute: () => app,
  path: "/alerts/rules/$ruleId",
  component: lazyRouteComponent(() => import("@/pages/rules/rule-page"), "RulePage"),
});

const incidents = createRoute({
  getParentRoute: () => app,
  path: "/incidents",
  validateSearch: reading(parseIncidentSearch),
  component: lazyRouteComponent(() => import("@/pages/incidents/incidents-page"), "IncidentsPage"),
});

const incident = createRoute({
  getParentRoute: () => app,
  path: "/incidents/$incidentId",
  component: lazyRouteComponent(() => import("@/pages/incident/incident-page"), "IncidentPage"),
});

const alerts = createRoute({
  getParentRoute: () => app,
  path: "/alerts",
  validateSearch: reading(parseAlertSearch),
  component: lazyRouteComponent(() => import("@/pages/alerts/alerts-page"), "AlertsPage"),
});

const why = createRoute({
  getParentRoute: () => app,
  path: "/alerts/why",
  validateSearch: reading(parseWhySearch),
  component: lazyRouteComponent(() => import("@/pages/why/why-page"), "WhyPage"),
});

const quiet = createRoute({
  getParentRoute: () => app,
  path: "/quiet",
  validateSearch: reading(parseQuietSearch),
  component: lazyRouteComponent(() => import("@/pages/quiet/quiet-page"), "QuietPage"),
});

const commands = createRoute({
  getParentRoute: () => app,
  path: "/commands",
  validateSearch: reading(parseCommandSearch),
  component: lazyRouteComponent(() => import("@/pages/commands/commands-page"), "CommandsPage"),
});

const command = createRoute({
  getParentRoute: () => app,
  path: "/commands/$commandId",
  validateSearch: reading(parseCommandPageSearch),
  component: lazyRouteComponent(() => import("@/pages/command/command-page"), "CommandPage"),
});

const runbooks = createRoute({
  getParentRoute: () => app,
  path: "/runbooks",
  validateSearch: reading(parseRunbooksSearch),
  component: lazyRouteComponent(() => import("@/pages/runbooks/runbooks-page"), "RunbooksPage"),
});

const newRunbook = createRoute({
  getParentRoute: () => app,
  path: "/runbooks/new",
  validateSearch: reading(parseNewRunbookSearch),
  component: lazyRouteComponent(() => import("@/pages/runbooks/new-runbook-page"), "NewRunbookPage"),
});

const runbook = createRoute({
  getParentRoute: () => app,
  path: "/runbooks/$runbookId",
  component: lazyRouteComponent(() => import("@/pages/runbooks/runbook-page"), "RunbookPage"),
});

const runbookRun = createRoute({
  getParentRoute: () => app,
  path: "/runbook-runs/$runId",
  component: lazyRouteComponent(() => import("@/pages/runbook-run/run-page"), "RunbookRunPage"),
});

const nowhere = createRoute({ getParentRoute: () => app, path: "$", component: NotFoundPage });

const routeTree = root.addChildren([
  ...outside,
  app.addChildren([
    ...[home, agents, agent, explore, dashboards, dashboard],
    ...[incidents, incident, alerts, why, quiet, rules, newRule, rule],
    ...[commands, command, runbooks, newRunbook, runbook, runbookRun],
    settingsRoutes,
    nowhere,
  ]),
]);

/** Finds pages by the address of the browser. */
export function makeRouter() {
  return createRouter({
    routeTree,
    basepath: "/dashboard",
    defaultPreload: "intent",
    scrollRestoration: true,
    defaultErrorComponent: PageError,
    defaultNotFoundComponent: NotFoundPage,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
