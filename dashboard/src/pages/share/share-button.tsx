import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Share2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { RoleTooltip } from "@/components/role-note";
import { Button } from "@/components/ui/button";
import type { Place } from "@/lib/shared-place";
import { useOnlyLooking } from "@/state/kiosk";
import { useMay } from "@/state/session";

const ShareDialog = lazy(() => import("./share-dialog").then((module) => ({ default: module.ShareDialog })));

/** Shares the page as it is now with whoever gets the link. */
export function ShareButton({ place }: { place: Place }) {
  const [sharing, setSharing] = useState(false);
  const may = useMay("operator");
  const looking = useOnlyLooking();
  if (looking) return null;
  return (
    <>
      <RoleTooltip may={may} needed="operator" what={t`Sharing a page`}>
        <Button disabled={!may} onClick={() => setSharing(true)}>
          <Share2 className="size-3.5" aria-hidden />
          <Trans>Share</Trans>
        </Button>
      </RoleTooltip>
      <Suspense>{sharing && <ShareDialog place={place} onClose={() => setSharing(false)} />}</Suspense>
    </>
  );
}
