import { useMemo } from "react";
import type { Crosshair } from "@/charts/crosshair";
import { hubNow } from "@/lib/clock";
import { isLive, type RangeSearch } from "@/lib/range";
import { AddNote } from "@/pages/marks/add-note";
import { Lane } from "@/pages/marks/lane";
import type { FleetMarks } from "./use-fleet-marks";

interface MarkLaneProps {
  found: FleetMarks;
  range: RangeSearch;
  crosshair: Crosshair;
}

/** What was noted about machines, along the time of all queries. */
export function MarkLane({ found, range, crosshair }: MarkLaneProps) {
  const { window, marks } = found;
  const time = useMemo(() => ({ window: () => window, subscribe: () => () => {} }), [window]);
  const at = () => Math.floor(isLive(range) ? hubNow() : (window.from + window.to) / 2);
  return (
    <Lane marks={marks} time={time} crosshair={crosshair}>
      <AddNote agent={null} at={at} />
    </Lane>
  );
}
