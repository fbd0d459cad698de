import { plural, t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { Activity, CircleDashed, Server } from "lucide-react";
import type { ReactNode } from "react";
import type { ParsedRule } from "@/api/types";
import { cn } from "@/lib/cn";
import { formatCount } from "@/lib/language";

/** How many agents and targets a rule is about, and on how many it holds at this moment. */
export function Matches({ parsed, what = "rule" }: { parsed: ParsedRule; what?: "rule" | "condition" }) {
  const { matches } = parsed;
  if (matches === null) return null;
  const { agents, agents_with_data: sending, targets, holding, unknown_metrics: unknown } = matches;
  const withData = formatCount(sending);
  const metrics = unknown.join(", ");
  return (
    <>
      <p className="tnum flex flex-wrap gap-x-5 gap-y-1 text-xs">
        <Figure icon={<Server className="size-3.5 text-muted" aria-hidden />}>
          {sending === agents
            ? plural(agents, { one: "About # agent", other: "About # agents" })
            : plural(agents, {
                one: `About # agent, ${withData} with data`,
                other: `About # agents, ${withData} with data`,
              })}
        </Figure>
        <Figure icon={<Activity className="size-3.5 text-muted" aria-hidden />}>
          <Plural value={targets} one="# target" other="# targets" />
        </Figure>
        {holding === null ? (
          <span className="text-muted">
            <Trans>What holds now is known once windows are full</Trans>
          </span>
        ) : (
          <span className={cn("font-medium", what === "rule" && (holding > 0 ? "text-warn" : "text-ok"))}>
            {holding === 0 ? t`Holds on none now` : t`Holds on ${formatCount(holding)} now`}
          </span>
        )}
      </p>
      {unknown.length > 0 && (
        <p className="flex items-start gap-1.5 text-warn text-xs">
          <CircleDashed className="mt-0.5 size-3.5 shrink-0" aria-hidden />
          <span className="min-w-0 break-words">
            <Trans>
              No data yet: no agent sends <span className="font-mono">{metrics}</span>.
            </Trans>{" "}
            {what === "rule" ? t`The rule can be saved all the same.` : t`The condition can be saved all the same.`}
          </span>
        </p>
      )}
    </>
  );
}

function Figure({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      {icon}
      {children}
    </span>
  );
}
