import { plural, t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { CircleCheck, TriangleAlert } from "lucide-react";
import { type ReactNode, useEffect, useMemo, useState } from "react";
import type { Backtest } from "@/api/types";
import { Crosshair } from "@/charts/crosshair";
import { BACKTEST_RANGES, drawnOf, worstEpisode } from "@/lib/backtest";
import { formatCount } from "@/lib/language";
import { quietText } from "@/lib/quiet-text";
import { thresholdOf } from "@/lib/rule-words";
import { duration } from "@/lib/units";
import { fleet } from "@/state/session";
import { useSignal } from "@/state/use-signal";
import { TimelineChart } from "./backtest-timeline";
import { Episodes } from "./episodes";
import { formQuery } from "./queries";
import type { Outcome } from "./use-backtest";
import { ValueChart } from "./value-chart";

/** What a backtest found: figures, when alerts fired, what the worst target did, and each episode. */
export function BacktestResult({ outcome }: { outcome: Outcome }) {
  const { answer, range, expression } = outcome;
  const [crosshair] = useState(() => new Crosshair());
  const worst = useMemo(() => worstEpisode(answer.episodes), [answer]);
  const [chosen, setChosen] = useState(worst);
  useEffect(() => fleet.use(), []);
  const { agents } = useSignal(fleet.view);
  const nameOf = (id: number) => agents.find((one) => one.id === id)?.name ?? t`agent ${id}`;
  const form = useQuery(formQuery(expression)).data?.definition ?? null;
  const drawn = useMemo(() => (form === null ? null : drawnOf(form)), [form]);
  const amount = (form === null ? null : thresholdOf(form)) ?? {};
  const { sent, suppressed, by_reason: byReason } = answer.notifications;
  const told = BACKTEST_RANGES.find(({ value }) => value === range)?.told ?? "";
  if (answer.episodes_total === 0) return <Silent answer={answer} told={told} />;
  return (
    <>
      <dl className="grid grid-cols-2 gap-x-6 gap-y-3 border-t pt-4 sm:grid-cols-3 lg:grid-cols-5">
        <Figure name={t`Episodes`} value={formatCount(answer.episodes_total)} note={t`in ${told}`} />
        <Figure
          name={t`Time firing`}
          value={duration(answer.minutes_firing * 60)}
          note={plural(answer.targets, { one: "of # target", other: "all # targets together" })}
        />
        <Figure name={t`Incidents`} value={formatCount(answer.incidents)} note={t`episodes that belong together`} />
        <Figure name={t`Messages`} value={formatCount(sent)} note={t`would have been sent`} />
        <Figure name={t`Kept quiet`} value={formatCount(suppressed)} note={reasons(byReason)} />
      </dl>
      <TimelineChart answer={answer} crosshair={crosshair} />
      {chosen !== null && drawn !== null && (
        <ValueChart
          drawn={drawn}
          answer={answer}
          episode={chosen}
          name={nameOf(chosen.agent_id ?? 0)}
          crosshair={crosshair}
        />
      )}
      <Episodes answer={answer} amount={amount} nameOf={nameOf} chosen={chosen} onChoose={setChosen} />
      <Notes answer={answer} />
    </>
  );
}

function reasons(byReason: Record<string, number>): string {
  const told = Object.entries(byReason).map(([reason, count]) => `${formatCount(count)} ${quietText(reason)}`);
  return told.length === 0 ? t`nothing kept any quiet` : told.join(", ");
}

function Figure({ name, value, note }: { name: string; value: string; note: string }) {
  return (
    <div className="min-w-0">
      <dt className="text-muted text-xs">{name}</dt>
      <dd className="tnum font-semibold text-lg leading-6">{value}</dd>
      <dd className="break-words text-muted text-xs">{note}</dd>
    </div>
  );
}

function Silent({ answer, told }: { answer: Backtest; told: string }) {
  const { targets, agents } = answer;
  const nothing = targets === 0;
  return (
    <>
      <div className="flex items-start gap-3 border-t pt-4">
        {nothing ? (
          <TriangleAlert className="mt-0.5 size-5 shrink-0 text-warn" aria-hidden />
        ) : (
          <CircleCheck className="mt-0.5 size-5 shrink-0 text-ok" aria-hidden />
        )}
        <div className="min-w-0">
          <p className="font-medium">
            {nothing ? t`There was nothing to look at` : t`It would not have fired in ${told}`}
          </p>
          <p className="tnum text-muted">
            {nothing
              ? t`None of what it is about was sent in ${told}.`
              : plural(targets, {
                  one: `# target on ${plural(agents, { one: "# agent", other: "# agents" })} was looked at.`,
                  other: `# targets on ${plural(agents, { one: "# agent", other: "# agents" })} were looked at.`,
                })}
          </p>
        </div>
      </div>
      <Notes answer={answer} />
    </>
  );
}

function Notes({ answer }: { answer: Backtest }) {
  const { truncated, samples, series, notes } = answer;
  return (
    <div className="flex flex-col gap-1.5 text-xs">
      {truncated && (
        <Warn>
          <Trans>Not everything was looked at: there is more history than one run takes. Try a shorter time.</Trans>
        </Warn>
      )}
      <p className="tnum text-muted">
        <Trans>
          Looked at <Plural value={samples} one="# sample" other="# samples" /> of{" "}
          <Plural value={series} one="# series" other="# series" />.
        </Trans>
      </p>
      {notes.map((note) => (
        <p key={note} className="text-muted">
          {note}
        </p>
      ))}
    </div>
  );
}

function Warn({ children }: { children: ReactNode }) {
  return (
    <p className="flex items-start gap-1.5 text-warn">
      <TriangleAlert className="mt-0.5 size-3.5 shrink-0" aria-hidden />
      {children}
    </p>
  );
}
