import { lazy, Suspense, useRef, useState } from "react";
import { Chart, type ChartProps } from "@/charts/chart";
import { ChartPlace } from "@/charts/chart-frame";
import type { ChartHandle, ChartSnapshot } from "@/charts/snapshot";
import { useTurn } from "@/components/use-turn";
import { type ChartView, PLAIN_VIEW } from "@/lib/chart-view";
import { useKiosk } from "@/state/kiosk";
import { ChartMenu } from "./chart-menu";

const TableDialog = lazy(() => import("./table-dialog").then((module) => ({ default: module.TableDialog })));

interface ChartPanelProps extends Omit<ChartProps, "ref" | "log"> {
  /** How it is drawn, where the page's address holds that; else the panel remembers it itself. */
  view?: ChartView;
  onView?: (view: ChartView) => void;
}

/** A chart with its menu: how it is drawn, and what can be taken from it. It comes when it is its turn. */
export function ChartPanel(props: ChartPanelProps) {
  const place = useRef<HTMLElement>(null);
  if (useTurn(place)) return <DrawnPanel {...props} />;
  return <ChartPlace ref={place} of={props} />;
}

function DrawnPanel({ view, onView, aside, mode, ...chart }: ChartPanelProps) {
  const handle = useRef<ChartHandle>(null);
  const [own, setOwn] = useState(PLAIN_VIEW);
  const [read, setRead] = useState<ChartSnapshot | null>(null);
  const shown = view ?? own;
  const kiosk = useKiosk();
  return (
    <>
      <Chart
        ref={handle}
        {...chart}
        mode={shown.lines && mode === "stack" ? "line" : mode}
        log={shown.log}
        aside={
          <>
            {aside}
            {!kiosk && (
              <ChartMenu
                title={chart.title}
                view={shown}
                stackable={mode === "stack"}
                snapshot={() => handle.current?.snapshot() ?? null}
                onView={onView ?? setOwn}
                onTable={setRead}
              />
            )}
          </>
        }
      />
      <Suspense>{read !== null && <TableDialog snapshot={read} onClose={() => setRead(null)} />}</Suspense>
    </>
  );
}
