import { useQuery } from "@tanstack/react-query";
import { BellOff } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { useGoverns } from "@/state/session";
import { channelsQuery, routesQuery } from "./queries";
import { RouteDialog } from "./route-dialog";

/** Warns while what no route takes reaches nobody, and leads to where that is mended. */
export function SilentDefault() {
  const governs = useGoverns();
  const routes = useQuery(routesQuery).data;
  const channels = useQuery(channelsQuery).data;
  const [editing, setEditing] = useState(false);
  const last = routes?.find((one) => one.default);
  if (last === undefined || last.targets.length > 0 || channels === undefined) return null;
  const only = routes?.length === 1;
  return (
    <section aria-label="Nobody is told" className="card flex flex-wrap items-start gap-x-4 gap-y-3 border-warn/50 p-4">
      <BellOff className="mt-0.5 size-5 shrink-0 text-warn" aria-hidden />
      <div className="min-w-0 flex-1 basis-60">
        <p className="font-medium">{only ? "No alarm reaches anybody" : "Some alarms reach nobody"}</p>
        <p className="text-muted">
          {only
            ? "There is no route but the last one, and that one tells nobody."
            : "What no other route takes comes to the last one, and that one tells nobody."}{" "}
          {channels.length === 0
            ? "Add a channel first, then choose who is told."
            : governs
              ? "Choose who is told of everything else."
              : "An admin of all agents can change that."}
        </p>
      </div>
      {governs && channels.length > 0 && (
        <Button variant="primary" onClick={() => setEditing(true)}>
          Choose who is told
        </Button>
      )}
      {editing && <RouteDialog route={last} onClose={() => setEditing(false)} />}
    </section>
  );
}
