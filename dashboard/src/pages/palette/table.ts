import type { RoleName } from "@/lib/access";
import type { ThemeChoice } from "@/state/theme";

/** Who is shown a line: a role, or admins of all agents, whom what concerns everybody needs; all when left out. */
type Needs = RoleName | "everywhere";

const LINES = [
  { to: "/", label: "Home", words: "overview fleet map start", keys: "g h" },
  { to: "/agents", label: "Agents", words: "servers machines fleet hosts", keys: "g a" },
  { to: "/explore", label: "Explore", words: "metrics charts query graphs", keys: "g e" },
  { to: "/dashboards", label: "Dashboards", words: "boards panels wall", keys: "g d" },
  { to: "/incidents", label: "Incidents", words: "problems open", keys: "g i" },
  { to: "/alerts", label: "Alerts", words: "firing", keys: "g l" },
  { to: "/alerts/rules", label: "Rules", words: "thresholds conditions", keys: "g r" },
  { to: "/alerts/why", label: "Why was I paged?", words: "explain reason" },
  { to: "/quiet", label: "Quiet", words: "silences maintenance windows", keys: "g q" },
  { to: "/commands", label: "Commands", words: "actions response runs", keys: "g c" },
  { to: "/runbooks", label: "Runbooks", words: "automation", keys: "g b" },
  { to: "/settings", label: "Settings", words: "preferences setup", keys: "g s" },
  { to: "/settings/notifications", label: "Notifications", words: "channels routes messages" },
  { to: "/settings/on-call", label: "On call", words: "rotas escalations shifts" },
  { to: "/settings/watch", label: "Watch", words: "the hub itself health canary dead man's switch" },
  { to: "/settings/agent-versions", label: "Agent versions", words: "upgrades rollouts" },
  { to: "/settings/enrollment", label: "Enrollment tokens", words: "servers install join", needs: "operator" },
  { to: "/settings/storage", label: "Retention and storage", words: "disk space days keep history size" },
  { to: "/settings/backup", label: "Backup", words: "restore dump" },
  { to: "/settings/about", label: "About", words: "version licence certificate fingerprint" },
  { to: "/settings/identity-provider", label: "Identity provider", words: "oidc sso", needs: "everywhere" },
  { to: "/settings/people", label: "People", words: "users invite roles", needs: "everywhere" },
  { to: "/settings/audit", label: "Audit log", words: "who did what", needs: "everywhere" },
  { to: "/settings/shares", label: "Shared pages", words: "links public kiosk wall screen", needs: "operator" },
  { to: "/account", label: "Your account", words: "password two-factor sessions push keyboard profile", keys: "g y" },
  { to: "/account/api-tokens", label: "API tokens", words: "scripts" },
] as const;

export interface PageLine {
  to: (typeof LINES)[number]["to"];
  label: string;
  /** Other words by which it is found. */
  words: string;
  /** What leads there from anywhere. */
  keys?: string;
  needs?: Needs;
}

/** Every page that can be reached without knowing a number; a new page adds its line above. */
export const PAGES: readonly PageLine[] = LINES;

/** What an act does: leads to a page, opens a dialog, or something that belongs to the session. */
export type Deed =
  | { go: "/alerts/rules/new" | "/runbooks/new" }
  | { open: "server" | "silence" | "run" | "keys" }
  | { theme: ThemeChoice }
  | { leave: true };

interface ActLine {
  id: string;
  label: string;
  words: string;
  needs?: Needs;
  deed: Deed;
}

/** What can be done from anywhere. */
export const ACTS: readonly ActLine[] = [
  {
    id: "server",
    label: "Add a server",
    words: "new agent enrol install",
    needs: "operator",
    deed: { open: "server" },
  },
  { id: "run", label: "Run action on…", words: "command restart service", needs: "operator", deed: { open: "run" } },
  { id: "silence", label: "New silence", words: "mute quiet", needs: "operator", deed: { open: "silence" } },
  { id: "rule", label: "New rule", words: "alert", needs: "everywhere", deed: { go: "/alerts/rules/new" } },
  { id: "runbook", label: "New runbook", words: "automation", needs: "everywhere", deed: { go: "/runbooks/new" } },
  { id: "keys", label: "Keyboard shortcuts", words: "help keys", deed: { open: "keys" } },
  { id: "light", label: "Theme: light", words: "appearance", deed: { theme: "light" } },
  { id: "dark", label: "Theme: dark", words: "appearance night", deed: { theme: "dark" } },
  { id: "system", label: "Theme: as the system", words: "appearance", deed: { theme: "system" } },
  { id: "leave", label: "Log out", words: "sign out leave", deed: { leave: true } },
];

/** What plain keys do besides leading to pages. */
export const KEYS = [
  { keys: "/", label: "Search this page" },
  { keys: "n", label: "New: whatever this page makes" },
  { keys: "?", label: "Keyboard shortcuts" },
] as const;
