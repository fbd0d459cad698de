import { t } from "@lingui/core/macro";
import { CircleCheck, CircleHelp, CircleMinus, OctagonX } from "lucide-react";
import type { WhyStage } from "@/api/types";
import { cn } from "@/lib/cn";
import { formatMoment } from "@/lib/time";

const NAMES: Record<WhyStage["stage"], string> = {
  samples: t`Samples`,
  rule: t`Rule`,
  grouping: t`Incident`,
  suppression: t`Quiet`,
  route: t`Route`,
  attempts: t`Tries`,
  receipt: t`Receipt`,
};

const LOOK = {
  ok: { icon: CircleCheck, color: "text-ok", word: t`went on` },
  stopped: { icon: OctagonX, color: "text-bad", word: t`ended here` },
  nothing: { icon: CircleMinus, color: "text-muted", word: t`not reached` },
  unknown: { icon: CircleHelp, color: "text-info", word: t`not settled` },
} as const;

/** The stages from a sample to a receipt, one below the other. */
export function Chain({ stages }: { stages: readonly WhyStage[] }) {
  return (
    <ol aria-label={t`Stages`} className="card px-4 py-5 sm:px-6">
      {stages.map((stage) => (
        <Stage key={stage.stage} stage={stage} />
      ))}
    </ol>
  );
}

function Stage({ stage: { stage, verdict, text, at, details } }: { stage: WhyStage }) {
  const { icon: Icon, color, word } = LOOK[verdict];
  const far = verdict !== "nothing";
  return (
    <li className="group relative flex gap-4 pb-6 last:pb-0">
      <span
        aria-hidden
        className={cn(
          "absolute top-7 bottom-0 start-[0.6875rem] w-0.5 group-last:hidden",
          verdict === "ok" ? "bg-ok/50" : "bg-line",
        )}
      />
      <Icon className={cn("size-6 shrink-0", color)} strokeWidth={1.75} aria-hidden />
      <div className="min-w-0 flex-1">
        <h2 className="flex flex-wrap items-baseline gap-x-2">
          <span className={cn("font-semibold", !far && "text-muted")}>{NAMES[stage]}</span>
          <span className={cn("text-xs", color)}>{word}</span>
          {at !== null && (
            <time dateTime={at} className="tnum ms-auto text-muted text-xs">
              {formatMoment(Date.parse(at) / 1000)}
            </time>
          )}
        </h2>
        <p className={cn("mt-0.5 break-words first-letter:uppercase", !far && "text-muted")}>{text}</p>
        {details.length > 0 && (
          <ul className="mt-2 flex flex-col gap-1 border-s-2 ps-3 text-xs">
            {details.map((one) => (
              <li key={`${one.at} ${one.text}`} className="flex flex-wrap gap-x-2 break-words">
                {one.at !== null && (
                  <time dateTime={one.at} className="tnum shrink-0 text-muted">
                    {formatMoment(Date.parse(one.at) / 1000)}
                  </time>
                )}
                {one.link === null ? (
                  <span className="min-w-0">{one.text}</span>
                ) : (
                  <a href={one.link} className="min-w-0 text-accent hover:underline">
                    {one.text}
                  </a>
                )}
              </li>
            ))}
          </ul>
        )}
      </div>
    </li>
  );
}
