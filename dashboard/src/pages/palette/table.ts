import { t } from "@lingui/core/macro";
import type { RoleName } from "@/lib/access";
import type { ThemeChoice } from "@/state/theme";

/** Who is shown a line: a role, or admins of all agents, whom what concerns everybody needs; all when left out. */
type Needs = RoleName | "everywhere";

const LINES = [
  { to: "/", label: t`Home`, words: t`overview fleet map start`, keys: "g h" },
  { to: "/agents", label: t`Agents`, words: t`servers machines fleet hosts`, keys: "g a" },
  { to: "/explore", label: t`Explore`, words: t`metrics charts query graphs`, keys: "g e" },
  { to: "/dashboards", label: t`Dashboards`, words: t`boards panels wall`, keys: "g d" },
  { to: "/incidents", label: t`Incidents`, words: t`problems open`, keys: "g i" },
  { to: "/alerts", label: t`Alerts`, words: t`firing`, keys: "g l" },
  { to: "/alerts/rules", label: t`Rules`, words: t`thresholds conditions`, keys: "g r" },
  { to: "/alerts/why", label: t`Why was I paged?`, words: t`explain reason` },
  { to: "/quiet", label: t`Quiet`, words: t`silences maintenance windows`, keys: "g q" },
  { to: "/commands", label: t`Commands`, words: t`actions response runs`, keys: "g c" },
  { to: "/runbooks", label: t`Runbooks`, words: t`automation`, keys: "g b" },
  { to: "/settings", label: t`Settings`, words: t`preferences setup`, keys: "g s" },
  { to: "/settings/notifications", label: t`Notifications`, words: t`channels routes messages` },
  { to: "/settings/on-call", label: t`On call`, words: t`rotas escalations shifts` },
  { to: "/settings/watch", label: t`Watch`, words: t`the hub itself health canary dead man's switch` },
  { to: "/settings/agent-versions", label: t`Agent versions`, words: t`upgrades rollouts` },
  { to: "/settings/enrollment", label: t`Enrollment tokens`, words: t`servers install join`, needs: "operator" },
  { to: "/settings/storage", label: t`Retention and storage`, words: t`disk space days keep history size` },
  { to: "/settings/backup", label: t`Backup`, words: t`restore dump` },
  { to: "/settings/about", label: t`About`, words: t`version licence certificate fingerprint` },
  { to: "/settings/identity-provider", label: t`Identity provider`, words: t`oidc sso`, needs: "everywhere" },
  { to: "/settings/people", label: t`People`, words: t`users invite roles`, needs: "everywhere" },
  { to: "/settings/audit", label: t`Audit log`, words: t`who did what`, needs: "everywhere" },
  { to: "/settings/shares", label: t`Shared pages`, words: t`links public kiosk wall screen`, needs: "operator" },
  { to: "/account", label: t`Your account`, words: t`password two-factor sessions push keyboard profile`, keys: "g y" },
  { to: "/account/api-tokens", label: t`API tokens`, words: t`scripts` },
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
    label: t`Add a server`,
    words: t`new agent enrol install`,
    needs: "operator",
    deed: { open: "server" },
  },
  { id: "run", label: t`Run action on…`, words: t`command restart service`, needs: "operator", deed: { open: "run" } },
  { id: "silence", label: t`New silence`, words: t`mute quiet`, needs: "operator", deed: { open: "silence" } },
  { id: "rule", label: t`New rule`, words: t`alert`, needs: "everywhere", deed: { go: "/alerts/rules/new" } },
  { id: "runbook", label: t`New runbook`, words: t`automation`, needs: "everywhere", deed: { go: "/runbooks/new" } },
  { id: "keys", label: t`Keyboard shortcuts`, words: t`help keys`, deed: { open: "keys" } },
  { id: "light", label: t`Theme: light`, words: t`appearance`, deed: { theme: "light" } },
  { id: "dark", label: t`Theme: dark`, words: t`appearance night`, deed: { theme: "dark" } },
  { id: "system", label: t`Theme: as the system`, words: t`appearance`, deed: { theme: "system" } },
  { id: "leave", label: t`Log out`, words: t`sign out leave`, deed: { leave: true } },
];

/** What plain keys do besides leading to pages. */
export const KEYS = [
  { keys: "/", label: t`Search this page` },
  { keys: "n", label: t`New: whatever this page makes` },
  { keys: "?", label: t`Keyboard shortcuts` },
] as const;
