import { Trans } from "@lingui/react/macro";
import { LoaderCircle } from "lucide-react";
import { useEffect, useState } from "react";
import { live } from "@/state/live";
import { useSignal } from "@/state/use-signal";

/** A link that comes back within this time needs no words. */
const PATIENCE_MS = 1500;

/** Says that what is shown is no longer live, as long as that is so. */
export function LinkBanner() {
  const state = useSignal(live.state);
  const broken = state === "reconnecting" || state === "connecting";
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (!broken) {
      setShown(false);
      return;
    }
    const timer = setTimeout(() => setShown(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [broken]);
  return (
    <div role="status">
      {shown && (
        <p className="flex items-center justify-center gap-2 bg-warn px-3 py-1.5 font-medium text-white text-xs dark:text-black">
          <LoaderCircle className="size-3.5 shrink-0 animate-spin" aria-hidden />
          <Trans>The live connection to the hub is down. Reconnecting; what you see is the last known state.</Trans>
        </p>
      )}
    </div>
  );
}
