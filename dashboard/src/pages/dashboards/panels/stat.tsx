import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { CircleAlert, TriangleAlert } from "lucide-react";
import { useRef } from "react";
import { Sparkline } from "@/components/sparkline";
import { Skeleton } from "@/components/ui/skeleton";
import { cn } from "@/lib/cn";
import type { StatPanel } from "@/lib/dashboard-spec";
import { statisticsOf } from "@/lib/explore";
import { SEVERITY_WORDS } from "@/lib/severity-words";
import { reachedSeverity } from "@/lib/stat";
import { formatValue } from "@/lib/units";
import { compareWord } from "@/pages/explore/words";
import { useWidth } from "@/state/use-width";
import type { PanelProps } from "./panel-context";
import { PanelFrame, PanelNothing, PanelProblem } from "./panel-frame";
import { usePanelGroups } from "./use-panel-groups";

const LOOKS = {
  warning: { color: "text-warn", icon: TriangleAlert },
  critical: { color: "text-bad", icon: CircleAlert },
} as const;

/** "+12.5 % against 1 d earlier". */
function changeText(change: number, compare: number): string {
  const [shown, time] = [`${change > 0 ? "+" : ""}${formatValue(change, "%")}`, compareWord(compare)];
  return t`${shown} against ${time} earlier`;
}

/** The newest value of a query, large, with its past behind it. */
export function Stat({ panel, title, context, asking, aside }: PanelProps<StatPanel>) {
  const place = useRef<HTMLDivElement>(null);
  const width = useWidth(place);
  const { groups, unit, nameOf, asked, error, retry } = usePanelGroups(panel.queries, context, width, asking);
  const line = groups?.lines[0];
  const { last = null, change = null } = line === undefined ? {} : statisticsOf(line);
  const severity = reachedSeverity(last, panel.thresholds);
  const Icon = severity === null ? null : LOOKS[severity].icon;
  const [query] = asked;
  const notes = [
    ...(line !== undefined && query !== undefined && query.by.length > 0 ? [nameOf(line)] : []),
    ...(change === null ? [] : [changeText(change, query?.compare ?? 0)]),
  ];
  return (
    <div ref={place} className="h-full min-w-0">
      <PanelFrame title={title} aside={aside} className="relative flex flex-col px-3.5 pb-2.5">
        {error !== null && <PanelProblem error={error} onRetry={retry} />}
        {error === null && groups === null && <Skeleton className="h-7 w-24" />}
        {error === null && groups !== null && line === undefined && (
          <PanelNothing>
            <Trans>No data</Trans>
          </PanelNothing>
        )}
        {error === null && line !== undefined && (
          <>
            <div className="flex items-baseline gap-2">
              <p
                className={cn(
                  "tnum flex items-center gap-1.5 font-semibold text-2xl tracking-tight",
                  severity !== null && LOOKS[severity].color,
                )}
              >
                {Icon !== null && <Icon className="size-5" aria-hidden />}
                {formatValue(last, unit)}
                {severity !== null && <span className="sr-only">, {SEVERITY_WORDS[severity]}</span>}
              </p>
              <p className="min-w-0 flex-1 truncate text-muted text-xs">{notes.join(" · ")}</p>
            </div>
            <Sparkline
              times={line.times}
              values={line.values}
              {...(unit === "%" && { max: 1 })}
              className={cn("mt-1 h-auto min-h-0 flex-1", severity === null ? "text-accent" : LOOKS[severity].color)}
            />
          </>
        )}
      </PanelFrame>
    </div>
  );
}
