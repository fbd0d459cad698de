import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Plus } from "lucide-react";
import { useState } from "react";
import { removeRetentionRule } from "@/api/hub";
import type { Retention, RetentionRule } from "@/api/types";
import { Card } from "@/components/card";
import { RoleTooltip } from "@/components/role-note";
import { Button } from "@/components/ui/button";
import { dayCount } from "@/lib/storage-words";
import { RemoveDialog } from "@/pages/notifications/remove-dialog";
import { useGoverns } from "@/state/session";
import { refresh } from "./queries";
import { RuleDialog } from "./rule-dialog";

type Doing = { what: "edit"; rule: RetentionRule | null } | { what: "remove"; rule: RetentionRule };

const KEPT = [
  ["keep_1s_days", (days: string) => t`every second for ${days}`],
  ["keep_1m_days", (days: string) => t`minutes for ${days}`],
  ["keep_1h_days", (days: string) => t`hours for ${days}`],
] as const;

const whose = ({ environment, tag }: RetentionRule): string =>
  tag === null ? t`Environment ${environment ?? ""}` : t`Tag ${tag}`;

const question = ({ environment, tag }: RetentionRule): string =>
  tag === null ? t`Remove the rule for environment ${environment ?? ""}?` : t`Remove the rule for tag ${tag}?`;

interface RulesCardProps {
  rules: readonly RetentionRule[];
  defaults: Retention["defaults"];
}

/** Whose history is kept for longer or shorter than that of all. */
export function RulesCard({ rules, defaults }: RulesCardProps) {
  const governs = useGoverns();
  const [doing, setDoing] = useState<Doing | null>(null);
  const done = () => setDoing(null);
  return (
    <Card
      title={t`Longer or shorter for some`}
      text={t`Of several rules that hold for an agent the longest wins, in each tier.`}
      action={
        <RoleTooltip may={governs} needed="admin" everywhere what={t`Changing how long history is kept`}>
          <Button disabled={!governs} onClick={() => setDoing({ what: "edit", rule: null })}>
            <Plus className="size-4" aria-hidden />
            <Trans>Add rule</Trans>
          </Button>
        </RoleTooltip>
      }
    >
      {rules.length === 0 ? (
        <p className="border-t px-5 py-4 text-muted">
          <Trans>
            No rule yet: all agents are kept alike. A rule keeps production for longer, or a lab for less long.
          </Trans>
        </p>
      ) : (
        <ul aria-label={t`Retention rules`} className="divide-y border-t">
          {rules.map((rule) => (
            <Rule key={rule.id} rule={rule} governs={governs} onDo={(what) => setDoing({ what, rule })} />
          ))}
        </ul>
      )}
      {doing?.what === "edit" && <RuleDialog rule={doing.rule} defaults={defaults} onClose={done} />}
      {doing?.what === "remove" && (
        <RemoveDialog
          title={question(doing.rule)}
          text={t`What else applies to its agents holds at once. History that is older than that goes within the hour, and cannot be had back.`}
          run={() => removeRetentionRule(doing.rule.id)}
          onDone={refresh}
          onClose={done}
        />
      )}
    </Card>
  );
}

interface RuleProps {
  rule: RetentionRule;
  governs: boolean;
  onDo: (what: Doing["what"]) => void;
}

function Rule({ rule, governs, onDo }: RuleProps) {
  const name = whose(rule);
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-5 py-3">
      <div className="min-w-0 flex-1 basis-48">
        <p className="truncate font-medium">{name}</p>
        <p className="tnum text-muted text-xs">
          {KEPT.flatMap(([field, words]) => {
            const days = rule[field];
            return days === null ? [] : [words(dayCount(days))];
          }).join(", ")}
        </p>
      </div>
      {governs && (
        <>
          <Button size="sm" aria-label={t`Edit ${name}`} onClick={() => onDo("edit")}>
            <Trans>Edit</Trans>
          </Button>
          <Button size="sm" aria-label={t`Remove ${name}`} onClick={() => onDo("remove")}>
            <Trans>Remove</Trans>
          </Button>
        </>
      )}
    </li>
  );
}
