import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { parseAuditSearch } from "@/lib/audit-search";
import { parseRefusal } from "@/lib/login-search";
import { reading } from "@/lib/search-params";
import { app } from "./app-route";

// Pages keep their own addresses: what they share is what surrounds them.
const settings = createRoute({
  getParentRoute: () => app,
  id: "settings",
  component: lazyRouteComponent(() => import("@/pages/settings/settings-layout"), "SettingsLayout"),
});

const settingsList = createRoute({
  getParentRoute: () => settings,
  path: "/settings",
  component: lazyRouteComponent(() => import("@/pages/settings/settings-page"), "SettingsPage"),
});

const account = createRoute({
  getParentRoute: () => settings,
  path: "/account",
  validateSearch: reading(parseRefusal),
  component: lazyRouteComponent(() => import("@/pages/account/account-page"), "AccountPage"),
});

const apiTokens = createRoute({
  getParentRoute: () => settings,
  path: "/account/api-tokens",
  component: lazyRouteComponent(() => import("@/pages/api-tokens/api-tokens-page"), "ApiTokensPage"),
});

const people = createRoute({
  getParentRoute: () => settings,
  path: "/settings/people",
  component: lazyRouteComponent(() => import("@/pages/people/people-page"), "PeoplePage"),
});

const shares = createRoute({
  getParentRoute: () => settings,
  path: "/settings/shares",
  component: lazyRouteComponent(() => import("@/pages/shares/shares-page"), "SharesPage"),
});

const audit = createRoute({
  getParentRoute: () => settings,
  path: "/settings/audit",
  validateSearch: reading(parseAuditSearch),
  component: lazyRouteComponent(() => import("@/pages/audit/audit-page"), "AuditPage"),
});

const notifications = createRoute({
  getParentRoute: () => settings,
  path: "/settings/notifications",
  component: lazyRouteComponent(() => import("@/pages/notifications/notifications-page"), "NotificationsPage"),
});

const versions = createRoute({
  getParentRoute: () => settings,
  path: "/settings/agent-versions",
  component: lazyRouteComponent(() => import("@/pages/versions/versions-page"), "VersionsPage"),
});

const onCall = createRoute({
  getParentRoute: () => settings,
  path: "/settings/on-call",
  component: lazyRouteComponent(() => import("@/pages/notifications/on-call-page"), "OnCallPage"),
});

const watch = createRoute({
  getParentRoute: () => settings,
  path: "/settings/watch",
  component: lazyRouteComponent(() => import("@/pages/watch/watch-page"), "WatchPage"),
});

const identityProvider = createRoute({
  getParentRoute: () => settings,
  path: "/settings/identity-provider",
  component: lazyRouteComponent(
    () => import("@/pages/identity-provider/identity-provider-page"),
    "IdentityProviderPage",
  ),
});

const enrollment = createRoute({
  getParentRoute: () => settings,
  path: "/settings/enrollment",
  component: lazyRouteComponent(() => import("@/pages/enrollment/enrollment-page"), "EnrollmentPage"),
});

const storage = createRoute({
  getParentRoute: () => settings,
  path: "/settings/storage",
  component: lazyRouteComponent(() => import("@/pages/storage/storage-page"), "StoragePage"),
});

const backup = createRoute({
  getParentRoute: () => settings,
  path: "/settings/backup",
  component: lazyRouteComponent(() => import("@/pages/backup/backup-page"), "BackupPage"),
});

const about = createRoute({
  getParentRoute: () => settings,
  path: "/settings/about",
  component: lazyRouteComponent(() => import("@/pages/about/about-page"), "AboutPage"),
});

export const settingsRoutes = settings.addChildren([
  ...[settingsList, account, apiTokens, people, identityProvider, shares, audit],
  ...[notifications, onCall, enrollment, versions, watch, storage, backup, about],
]);
