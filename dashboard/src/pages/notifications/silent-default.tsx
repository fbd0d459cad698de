import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
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
    <section
      aria-label={t`Nobody is told`}
      className="card flex flex-wrap items-start gap-x-4 gap-y-3 border-warn/50 p-4"
    >
      <BellOff className="mt-0.5 size-5 shrink-0 text-warn" aria-hidden />
      <div className="min-w-0 flex-1 basis-60">
        <p className="font-medium">{only ? t`No alarm reaches anybody` : t`Some alarms reach nobody`}</p>
        <p className="text-muted">
          {only
            ? t`There is no route but the last one, and that one tells nobody.`
            : t`What no other route takes comes to the last one, and that one tells nobody.`}{" "}
          {channels.length === 0
            ? t`Add a channel first, then choose who is told.`
            : governs
              ? t`Choose who is told of everything else.`
              : t`An admin of all agents can change that.`}
        </p>
      </div>
      {governs && channels.length > 0 && (
        <Button variant="primary" onClick={() => setEditing(true)}>
          <Trans>Choose who is told</Trans>
        </Button>
      )}
      {editing && <RouteDialog route={last} onClose={() => setEditing(false)} />}
    </section>
  );
}
