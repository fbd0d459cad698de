import { Trans } from "@lingui/react/macro";
import type { ReactNode, Ref } from "react";
import { cn } from "@/lib/cn";
import { CHART_HEIGHT, type ChartProps } from "./chart-props";
import { legendRows } from "./legend";

interface ChartFrameProps extends Pick<ChartProps, "title" | "height" | "log" | "aside"> {
  busy?: boolean;
  ref?: Ref<HTMLElement> | undefined;
  children: ReactNode;
}

/** What is around a chart: the card, its title and the controls beside that. */
export function ChartFrame({ title, height, log, aside, busy, ref, children }: ChartFrameProps) {
  return (
    <figure
      ref={ref}
      className={cn("card relative min-w-0", height === "fill" && "flex h-full flex-col")}
      aria-label={title}
      aria-busy={busy}
    >
      <figcaption className="flex min-h-9 items-center gap-2 px-3.5 pt-1.5">
        <h3 className="min-w-0 flex-1 truncate font-medium">
          {title}
          {log && (
            <span className="ms-2 font-normal text-muted text-xs">
              <Trans>logarithmic</Trans>
            </span>
          )}
        </h3>
        {aside}
      </figcaption>
      {children}
    </figure>
  );
}

interface ChartPlaceProps {
  of: Pick<ChartProps, "title" | "height" | "legend"> & Partial<Pick<ChartProps, "series" | "unit">>;
  ref?: Ref<HTMLElement>;
}

let known: number | null = null;

/** About as wide as a card of a chart is: in one column on a phone, in two or three on a desk. */
function cardWidth(): number {
  // To ask has the browser lay out the page.
  if (known === null) {
    const columns = window.innerWidth < 1024 ? 1 : window.innerWidth < 1536 ? 2 : 3;
    known = (window.innerWidth - 40) / columns - 24;
    window.addEventListener("resize", () => (known = null), { once: true });
  }
  return known;
}

/** As large as a chart and with its title, for as long as the chart is not there. */
export function ChartPlace({ ref, of }: ChartPlaceProps) {
  const { title, series = [], unit = "", height = CHART_HEIGHT, legend = true } = of;
  const rows = legendRows(series, unit, cardWidth());
  return (
    <ChartFrame ref={ref} title={title} height={height} busy>
      {legend && <div className={cn("max-sm:h-12", rows === 1 ? "h-7" : "h-13")} />}
      <div style={height === "fill" ? {} : { height }} />
    </ChartFrame>
  );
}
