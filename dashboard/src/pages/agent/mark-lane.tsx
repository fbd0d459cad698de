import type { Agent } from "@/api/types";
import { hubNow } from "@/lib/clock";
import { AddNote } from "@/pages/marks/add-note";
import { Lane } from "@/pages/marks/lane";
import { useAgentPage } from "./page-context";

/** What was done on the machine and noted about it, along the time that the charts show. */
export function MarkLane({ agent }: { agent: Agent }) {
  const { store, crosshair, marks } = useAgentPage();
  // The present where it is shown; else the middle of what is.
  const at = () => {
    const { from, to } = store.window();
    return to > hubNow() - 60 ? Math.floor(hubNow()) : Math.floor((from + to) / 2);
  };
  return (
    <Lane marks={marks} time={store} crosshair={crosshair}>
      <AddNote agent={{ id: agent.id, name: agent.name }} at={at} />
    </Lane>
  );
}
