import { Trans } from "@lingui/react/macro";
import { type CSSProperties, type ReactNode, type RefObject, useRef, useState } from "react";
import { cn } from "@/lib/cn";
import type { DashboardSpec, Panel } from "@/lib/dashboard-spec";
import { inReadingOrder, rowsOf } from "@/lib/grid-layout";
import { filledText } from "@/lib/panel-query";
import { useInView } from "@/state/use-in-view";
import { AnyPanel, KINDS } from "./panels/kinds";
import type { PanelContext } from "./panels/panel-context";
import { PanelFrame } from "./panels/panel-frame";

interface DashboardViewProps {
  spec: DashboardSpec;
  context: PanelContext;
  /** What can be done with a panel, beside its title. */
  asideOf?: (panel: Panel) => ReactNode;
  /** What stands above a panel, such as a handle. */
  overlayOf?: (panel: Panel) => ReactNode;
  gridRef?: RefObject<HTMLDivElement | null>;
  /** The panel that is being dragged, and the order in which all stay in the document meanwhile. */
  dragged?: { id: number; order: readonly number[] };
}

/** The panels of a dashboard, each in its place; on phones one below the other. It needs no right to change anything. */
export function DashboardView({ spec, context, asideOf, overlayOf, gridRef, dragged }: DashboardViewProps) {
  const place = (panel: Panel) => dragged?.order.indexOf(panel.id) ?? 0;
  const panels = inReadingOrder(spec.panels).sort((one, other) => place(one) - place(other));
  return (
    <>
      <h2 className="sr-only">
        <Trans>Panels</Trans>
      </h2>
      <div
        {...(gridRef !== undefined && { ref: gridRef })}
        className={cn("panel-grid", overlayOf !== undefined && "panel-grid-moving")}
        style={{ "--rows": rowsOf(spec.panels) } as CSSProperties}
      >
        {panels.map((panel) => (
          <Place
            key={panel.id}
            {...{ panel, context }}
            dragged={panel.id === dragged?.id}
            aside={asideOf?.(panel)}
            overlay={overlayOf?.(panel)}
          />
        ))}
      </div>
    </>
  );
}

interface PlaceProps {
  panel: Panel;
  context: PanelContext;
  dragged: boolean;
  aside: ReactNode;
  overlay: ReactNode;
}

function Place({ panel, context, dragged, aside, overlay }: PlaceProps) {
  const place = useRef<HTMLDivElement>(null);
  const asking = useInView(place);
  const [seen, setSeen] = useState(false);
  if (asking && !seen) setSeen(true);
  const { x, y, w, h } = panel.grid;
  const title = filledText(panel.title, context.variables, context.chosen, context.names) || KINDS[panel.kind].title;
  return (
    <div
      ref={place}
      data-panel={panel.id}
      {...(dragged && { "data-dragged": "" })}
      className={cn("panel-place", dragged && "rounded-lg ring-2 ring-accent")}
      style={{ "--x": x, "--y": y, "--w": w, "--h": h } as CSSProperties}
    >
      {seen ? (
        <AnyPanel {...{ panel, title, context, asking, aside }} />
      ) : (
        <PanelFrame title={title} aside={aside}>
          {null}
        </PanelFrame>
      )}
      {overlay}
    </div>
  );
}
