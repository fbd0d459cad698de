import { Trans } from "@lingui/react/macro";
import type { MaintenanceWindow, Matcher } from "@/api/types";
import { ScopeText } from "@/components/scope-picker";
import { Badge } from "@/components/ui/badge";
import { chosenWords, matcherWords } from "@/lib/matcher-words";

interface MatcherWordsProps {
  matchers: readonly Matcher[];
  /** Chosen agents: how many, and the first names. */
  agents: readonly number[];
  names: readonly string[];
  within: MaintenanceWindow["within"];
}

/** What something is about, each demand in words. */
export function MatcherWords({ matchers, agents, names, within }: MatcherWordsProps) {
  return (
    <div className="flex min-w-0 flex-wrap gap-1">
      {agents.length > 0 && <Badge className="tnum h-auto py-0.5 text-text">{chosenWords(agents.length, names)}</Badge>}
      {matchers.map((one) => (
        <Badge key={`${one.key}${one.op}${one.value}`} className="h-auto py-0.5 text-text">
          {matcherWords(one)}
        </Badge>
      ))}
      {within.map((scope) => (
        <Badge key={JSON.stringify(scope)}>
          <span className="truncate">
            <Trans>within:</Trans> <ScopeText scope={scope} />
          </span>
        </Badge>
      ))}
    </div>
  );
}
