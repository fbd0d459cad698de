import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link, useNavigate } from "@tanstack/react-router";
import { ChartLine, Copy, MoreHorizontal, Trash2 } from "lucide-react";
import { useState } from "react";
import { asProblem } from "@/api/problem";
import { deleteRule } from "@/api/rules";
import type { AlertRule } from "@/api/types";
import { Notice } from "@/components/notice";
import { RoleTooltip } from "@/components/role-note";
import { Severity } from "@/components/severity";
import { Switch } from "@/components/switch";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem } from "@/components/ui/menu";
import { UndoBar } from "@/components/undo-bar";
import { hubNow } from "@/lib/clock";
import { queriesOfRule } from "@/lib/explore-link";
import { writeQueries } from "@/lib/explore-search";
import { isAboutHub, leavesOf } from "@/lib/rule-series";
import { formatAgo } from "@/lib/time";
import { RemoveDialog } from "@/pages/notifications/remove-dialog";
import { useGoverns } from "@/state/session";
import { refreshRules } from "./queries";
import { State } from "./rule-item";
import { type Turned, useTurn } from "./use-turn";

/** What a rule is called and how it stands, with what can be done to it as a whole. */
export function RuleHeader({ rule }: { rule: AlertRule }) {
  const governs = useGoverns();
  const navigate = useNavigate();
  const [deleting, setDeleting] = useState(false);
  const [now] = useState(hubNow);
  const { turned, busy, error, turn, undo, forget } = useTurn();
  const { version, changed_by: author } = rule;
  const ago = formatAgo(rule.changed_at, now);
  const alerts = rule.firing + rule.pending;
  // The hub's own samples are judged and not kept: there is nothing to explore.
  const asked = isAboutHub(rule.definition) ? [] : queriesOfRule(leavesOf(rule.definition));
  return (
    <>
      <div className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-72">
          <h1 className="break-words font-semibold text-xl tracking-tight">{rule.name}</h1>
          <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-muted text-xs">
            <Severity severity={rule.severity} />
            <State rule={rule} />
            {author === "hub" && (
              <Badge>
                <Trans>Default</Trans>
              </Badge>
            )}
            <span>
              {author === "hub"
                ? t`version ${version}, as delivered ${ago}`
                : t`version ${version}, by ${author} ${ago}`}
            </span>
          </div>
        </div>
        {asked.length > 0 && (
          <Button asChild>
            <Link to="/explore" search={writeQueries({}, asked)}>
              <ChartLine className="size-4 text-muted" aria-hidden />
              <Trans>Explore</Trans>
            </Link>
          </Button>
        )}
        <RoleTooltip may={governs} needed="admin" everywhere what={t`Switching a rule`}>
          <Switch
            label={t`This rule is evaluated`}
            checked={rule.enabled}
            disabled={!governs || busy}
            onChange={() => turn(rule)}
          />
        </RoleTooltip>
        <Menu
          label={t`More`}
          trigger={
            <Button size="icon" disabled={!governs} aria-label={t`More`}>
              <MoreHorizontal className="size-4" aria-hidden />
            </Button>
          }
        >
          <MenuItem onSelect={() => void navigate({ to: "/alerts/rules/new", search: { from: rule.id } })}>
            <Copy className="size-4" aria-hidden />
            <Trans>Duplicate</Trans>
          </MenuItem>
          <MenuItem danger onSelect={() => setDeleting(true)}>
            <Trash2 className="size-4" aria-hidden />
            <Trans>Delete</Trans>
          </MenuItem>
        </Menu>
      </div>
      {error !== null && (
        <Notice className="mb-4" title={t`The rule was not switched`}>
          {asProblem(error).advice}
        </Notice>
      )}
      {deleting && (
        <RemoveDialog
          title={t`Delete the rule ${rule.name}?`}
          text={consequences(alerts)}
          run={() => deleteRule(rule.id)}
          onDone={async () => {
            await navigate({ to: "/alerts/rules", ignoreBlocker: true });
            await refreshRules();
          }}
          onClose={() => setDeleting(false)}
        />
      )}
      {turned !== null && (
        <UndoBar key={turned.rule.version} busy={busy} onUndo={undo} onClose={forget}>
          {turnedText(turned)}
        </UndoBar>
      )}
    </>
  );
}

/** What deleting the rule brings about. */
function consequences(alerts: number): string {
  const ended =
    alerts === 0
      ? t`None of its targets alarms now.`
      : plural(alerts, { one: "# alert ends at once.", other: "# alerts end at once." });
  const gone = t`Its versions and what holds for single agents go with it. This cannot be undone; switching it off can.`;
  return `${ended} ${gone}`;
}

function turnedText({ rule, ended }: Turned): string {
  if (rule.enabled) return t`The rule is on.`;
  if (ended === 0) return t`The rule is off.`;
  return t`The rule is off; ${plural(ended, { one: "# alert ends", other: "# alerts end" })}.`;
}
