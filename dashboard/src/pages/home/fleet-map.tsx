import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { asProblem } from "@/api/problem";
import type { Agent } from "@/api/types";
import { HeatMap } from "@/charts/heat-map";
import { Notice } from "@/components/notice";
import { type HeatCell, worstCells } from "@/lib/heat-scale";
import { useKiosk, useOnlyLooking } from "@/state/kiosk";
import { HeatLegend } from "./heat-legend";
import { MapControls } from "./map-controls";
import { useCells } from "./use-cells";

const route = getRouteApi("/app/");
const WORST = 20;
/** On a screen the map takes what the counts above and the legend below it leave, and this much at least. */
const MAP_PX = 300;
const BESIDE_MAP_PX = 400;

/** All agents at once, each a cell that leads to it. */
export function FleetMap({ agents }: { agents: readonly Agent[] }) {
  const search = route.useSearch();
  const navigate = useNavigate();
  const looking = useOnlyLooking();
  const cells = useCells(agents, search);
  return (
    <section aria-labelledby="map-title" className="card flex min-w-0 flex-col gap-4 p-4 sm:p-5">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-3">
        <h2 id="map-title" className="font-semibold text-[0.9375rem]">
          {cells.label}
          <span className="tnum ms-2 font-normal text-muted">
            <Plural value={agents.length} one="# agent" other="# agents" />
          </span>
        </h2>
        {!looking && (
          <MapControls
            search={search}
            onChange={(next) => void navigate({ to: "/", search: next, replace: true, resetScroll: false })}
          />
        )}
      </div>
      <CellMap cells={cells} titles={search.by !== undefined} />
    </section>
  );
}

interface CellMapProps {
  cells: ReturnType<typeof useCells>;
  titles: boolean;
  /** About how high the cells may be together. */
  wantedHeight?: number;
}

/** The cells themselves, what their colours mean, and those that stand out. */
export function CellMap({ cells, titles, wantedHeight }: CellMapProps) {
  const looking = useOnlyLooking();
  const kiosk = useKiosk();
  const navigate = useNavigate();
  const { groups, scale, label, inWords, error, pending } = cells;
  const height = wantedHeight ?? (kiosk ? Math.max(MAP_PX, window.innerHeight - BESIDE_MAP_PX) : undefined);
  return (
    <>
      {error !== null && <Notice title={t`The metric could not be read`}>{asProblem(error).message}</Notice>}
      <div aria-busy={pending}>
        <HeatMap
          label={t`Agents by ${label}`}
          groups={groups}
          titles={titles}
          scale={scale}
          inWords={inWords}
          {...(height !== undefined && { wantedHeight: height })}
          onOpen={looking ? null : (id) => void navigate({ to: "/agents/$agentId", params: { agentId: String(id) } })}
        />
      </div>
      <HeatLegend scale={scale} />
      <Worst label={label} cells={groups.flatMap((group) => group.cells)} inWords={inWords} />
    </>
  );
}

interface WorstProps {
  label: string;
  cells: readonly HeatCell[];
  inWords: (cell: HeatCell) => string;
}

/** Those that stand out, as text for who does not see the map. */
function Worst({ label, cells, inWords }: WorstProps) {
  const once = [...new Map(cells.map((cell) => [cell.id, cell])).values()];
  return (
    // A table takes no less room than its words do, so what hides it is around it.
    <div className="sr-only">
      <table>
        <caption>
          <Trans>Agents to look at first, by {label}</Trans>
        </caption>
        <tbody>
          {worstCells(once, WORST).map((cell) => (
            <tr key={cell.id}>
              <th scope="row">{cell.name}</th>
              <td>{inWords(cell)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
