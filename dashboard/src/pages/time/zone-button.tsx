import { t } from "@lingui/core/macro";
import { Globe } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { Button } from "@/components/ui/button";
import { Tooltip } from "@/components/ui/tooltip";
import { hubNow } from "@/lib/clock";
import { zoneName } from "@/lib/time";
import { isForeignZone, shownZone } from "@/lib/zone";

const ZoneDialog = lazy(() => import("./zone-dialog").then((module) => ({ default: module.ZoneDialog })));

/** Leads to the choice of the time zone, and names it where it is not the browser's. */
export function ZoneButton() {
  const [choosing, setChoosing] = useState(false);
  const foreign = isForeignZone();
  const zone = shownZone();
  const label = t`Times in ${zone}: change time zone or clock`;
  return (
    <>
      <Tooltip text={label}>
        <Button
          variant="ghost"
          size={foreign ? "md" : "icon"}
          className={foreign ? "px-2 text-warn hover:text-warn" : undefined}
          aria-label={label}
          onClick={() => setChoosing(true)}
        >
          <Globe className="size-4" aria-hidden />
          {foreign && <span className="text-xs">{zoneName(hubNow())}</span>}
        </Button>
      </Tooltip>
      <Suspense>{choosing && <ZoneDialog onClose={() => setChoosing(false)} />}</Suspense>
    </>
  );
}
