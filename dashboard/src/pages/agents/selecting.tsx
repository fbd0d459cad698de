import { lazy, Suspense, useState } from "react";
import type { Agent } from "@/api/types";
import { SelectionBar } from "./selection-bar";

// Few come here to run something: its code comes when they do.
const RunDialog = lazy(() => import("@/pages/run/run-dialog").then((module) => ({ default: module.RunDialog })));

interface SelectingProps {
  agents: readonly Agent[];
  shown: readonly Agent[];
  ids: ReadonlySet<number>;
  onChange: (ids: ReadonlySet<number>) => void;
  onClose: () => void;
}

/** The bar below the list while machines are chosen, and the dialog that it leads to. */
export function Selecting({ agents, shown, ids, onChange, onClose }: SelectingProps) {
  const [running, setRunning] = useState(false);
  // In the order of the list; a machine that was deleted meanwhile is not chosen any more.
  const inView = new Set(shown.map(({ id }) => id));
  const chosen = [...shown, ...agents.filter(({ id }) => !inView.has(id))].filter(({ id }) => ids.has(id));
  return (
    <>
      <SelectionBar
        shown={shown.length}
        chosen={chosen.length}
        onAll={() => onChange(new Set(shown.map(({ id }) => id)))}
        onNone={() => onChange(new Set())}
        onRun={() => setRunning(true)}
        onClose={onClose}
      />
      {running && (
        <Suspense>
          <RunDialog targets={chosen.map(({ id, name }) => ({ id, name }))} onClose={() => setRunning(false)} />
        </Suspense>
      )}
    </>
  );
}
