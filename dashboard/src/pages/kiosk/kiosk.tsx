import { t } from "@lingui/core/macro";
import { WifiOff } from "lucide-react";
import { useEffect, useState } from "react";
import { lastHeard } from "@/lib/clock";
import { formatAgo, formatMoment } from "@/lib/time";
import { live } from "@/state/live";
import { useHubNow } from "@/state/use-hub-now";
import { useSignal } from "@/state/use-signal";
import { useAwake, useIdleCursor } from "./screen";

/** A link that comes back within this time needs no words. */
const PATIENCE_MS = 5000;

/** Makes of the page one for a screen on the wall: larger, kept awake, and honest when it is not live any more. */
export function Kiosk() {
  useAwake();
  useIdleCursor();
  useEffect(() => {
    document.documentElement.classList.add("kiosk");
    return () => document.documentElement.classList.remove("kiosk");
  }, []);
  const broken = useSignal(live.state) !== "connected";
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!broken) {
      setLate(false);
      return;
    }
    const timer = setTimeout(() => setLate(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [broken]);
  return <div role="status">{late && <NotLive />}</div>;
}

/** Since when nothing came. */
function NotLive() {
  const now = useHubNow(1000);
  const heard = lastHeard();
  const [moment, ago] = [formatMoment(heard), formatAgo(new Date(heard * 1000).toISOString(), now)];
  return (
    <p className="tnum flex items-center justify-center gap-3 bg-warn px-4 py-2.5 font-semibold text-white dark:text-black">
      <WifiOff className="size-5 shrink-0" aria-hidden />
      <span>{heard > 0 ? t`Not live. Last data ${moment}, ${ago}. Reconnecting…` : t`Not live. Reconnecting…`}</span>
    </p>
  );
}
