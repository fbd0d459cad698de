import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { ChartLine } from "lucide-react";
import { useState } from "react";
import type { Backtest, Episode } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { quietText } from "@/lib/quiet-text";
import { describeValue } from "@/lib/rule-words";
import { describeLabels } from "@/lib/series";
import { formatMoment } from "@/lib/time";
import { duration } from "@/lib/units";

/** The unit of the threshold that values are compared with. */
type Unit = Parameters<typeof describeValue>[1];

const FIRST_SHOWN = 10;
/** How much of the time around an episode its agent's page shows, in seconds at least. */
const MARGIN_S = 300;

/** Why an alert ended where its samples did not end it, by what the hub calls it. */
const REASONS: Readonly<Record<string, string>> = {
  "rule changed": t`rule changed`,
  "rule removed": t`rule removed`,
  "agent deleted": t`agent deleted`,
  "rule switched off": t`rule switched off`,
  "group of the rule switched off": t`group of the rule switched off`,
  "agent not covered any more": t`agent not covered any more`,
  "series gone": t`series gone`,
};

interface EpisodesProps {
  answer: Backtest;
  amount: Unit;
  nameOf: (agent: number) => string;
  chosen: Episode | null;
  onChoose: (episode: Episode) => void;
}

/** Each time that an alert would have fired, with the way to what the agent did at that moment. */
export function Episodes({ answer, amount, nameOf, chosen, onChoose }: EpisodesProps) {
  const [all, setAll] = useState(false);
  const shown = all ? answer.episodes : answer.episodes.slice(0, FIRST_SHOWN);
  const hidden = answer.episodes.length - shown.length;
  const left = answer.episodes_total - answer.episodes.length;
  return (
    <div>
      <h3 className="mb-1.5 font-medium">
        <Trans>Episodes</Trans>
      </h3>
      <ul aria-label={t`Episodes`} className="divide-y rounded-md border">
        {shown.map((one) => (
          <EpisodeItem
            key={`${one.agent_id}-${describeLabels(one.labels)}-${one.fired_at}`}
            one={one}
            end={answer.end}
            amount={amount}
            name={one.agent_id === null ? null : nameOf(one.agent_id)}
            chosen={one === chosen}
            onChoose={() => onChoose(one)}
          />
        ))}
      </ul>
      <div className="mt-2 flex flex-wrap items-center gap-3">
        {hidden > 0 && (
          <Button size="sm" onClick={() => setAll(true)}>
            <Trans>Show {hidden} more</Trans>
          </Button>
        )}
        {left > 0 && (
          <p className="text-muted text-xs">
            <Plural
              value={left}
              one="The # that came last is not listed."
              other="The # that came last are not listed."
            />
          </p>
        )}
      </div>
    </div>
  );
}

interface EpisodeItemProps {
  one: Episode;
  end: number;
  amount: Unit;
  name: string | null;
  chosen: boolean;
  onChoose: () => void;
}

function EpisodeItem({ one, end, amount, name, chosen, onChoose }: EpisodeItemProps) {
  const until = one.resolved_at ?? end;
  const [moment, length] = [formatMoment(one.fired_at), duration(until - one.fired_at)];
  const worst = one.worst === null ? null : describeValue(one.worst, amount);
  const reason = quietText(one.quiet);
  const margin = Math.max(MARGIN_S, (until - one.pending_at) / 2);
  const labels = Object.keys(one.labels).length === 0 ? "" : describeLabels(one.labels);
  return (
    <li
      className={cn(
        "grid grid-cols-[minmax(0,1fr)_auto_auto] items-center gap-x-4 gap-y-0.5 px-3 py-2",
        "sm:grid-cols-[9rem_minmax(0,1fr)_9rem_6.5rem_2.75rem]",
        chosen && name !== null && "bg-raised",
      )}
    >
      <p className="tnum text-xs max-sm:col-start-1 max-sm:row-start-2">{moment}</p>
      <p className="min-w-0 truncate max-sm:col-span-2 max-sm:col-start-1 max-sm:row-start-1">
        {name === null || one.agent_id === null ? (
          t`All agents together`
        ) : (
          <Link
            to="/agents/$agentId"
            params={{ agentId: String(one.agent_id) }}
            search={{ from: Math.floor(one.pending_at - margin), to: Math.ceil(until + margin) }}
            className="font-medium hover:text-accent"
          >
            {name}
          </Link>
        )}
        {labels !== "" && <span className="text-muted text-xs"> {labels}</span>}
        {one.quiet !== "" && (
          <>
            {" "}
            <Badge>
              <Trans>quiet: {reason}</Trans>
            </Badge>
          </>
        )}
      </p>
      <p className="tnum text-xs max-sm:col-start-2 max-sm:row-start-2">
        {one.resolved_at === null ? t`${length}, goes on` : length}
        {one.reason !== "" && <span className="block text-muted">{REASONS[one.reason] ?? one.reason}</span>}
      </p>
      <p className="tnum text-muted text-xs max-sm:col-start-1 max-sm:row-start-3">
        {worst !== null && t`worst ${worst}`}
      </p>
      {name !== null && (
        <Button
          size="icon"
          variant="ghost"
          className="max-sm:col-start-3 max-sm:row-span-3 max-sm:row-start-1"
          aria-pressed={chosen}
          aria-label={t`Draw ${name} ${labels} ${moment}`}
          onClick={onChoose}
        >
          <ChartLine className="size-4" aria-hidden />
        </Button>
      )}
    </li>
  );
}
