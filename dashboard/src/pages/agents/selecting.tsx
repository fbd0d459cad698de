import { lazy, Suspense, useState } from "react";
import type { Agent } from "@/api/types";
import type { Act } from "@/pages/bulk/dialogs";
import { SelectionBar } from "./selection-bar";

// Few come here to do something with many: its code comes when they do.
const BulkDialog = lazy(() => import("@/pages/bulk/dialogs").then((module) => ({ default: module.BulkDialog })));

interface SelectingProps {
  agents: readonly Agent[];
  shown: readonly Agent[];
  ids: ReadonlySet<number>;
  onChange: (ids: ReadonlySet<number>) => void;
  onClose: () => void;
}

/** The bar below the list while machines are chosen, and the dialog that it leads to. */
export function Selecting({ agents, shown, ids, onChange, onClose }: SelectingProps) {
  const [act, setAct] = useState<Act | null>(null);
  // In the order of the list; a machine that was deleted meanwhile is not chosen any more.
  const inView = new Set(shown.map(({ id }) => id));
  const chosen = [...shown, ...agents.filter(({ id }) => !inView.has(id))].filter(({ id }) => ids.has(id));
  const environments = [...new Set(agents.map(({ environment }) => environment))].filter((one) => one !== "").sort();
  return (
    <>
      <SelectionBar
        shown={shown.length}
        chosen={chosen.length}
        onAll={() => onChange(new Set(shown.map(({ id }) => id)))}
        onNone={() => onChange(new Set())}
        onAct={setAct}
        onClose={onClose}
      />
      {act !== null && (
        <Suspense>
          <BulkDialog act={act} agents={chosen} environments={environments} onClose={() => setAct(null)} />
        </Suspense>
      )}
    </>
  );
}
